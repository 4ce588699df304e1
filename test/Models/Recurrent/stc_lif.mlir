// STC-LIF: the autaptic synaptic circuit. A layer of 64 maps of 8 x 8 hears its own
// last spikes through two grouped convolutions, which gate its leak and its input.
//
// Source: Wang and Yu, Autaptic Synaptic Circuit Enhances Spatio-temporal Predictive
// Learning of Spiking Neural Networks, arXiv 2406.00405, 16 groups in the convolutions
// and in the normalisations. Inferred: 1e-5 as what the normalisations add to the
// variance.
//
//   P = 1 + tanh(norm(conv_h s[t-1])),   Q = 1 + tanh(norm(conv_v s[t-1]))
//   u = v[t-1] P + (conv_x x[t]) Q
//   s[t] = [u >= 1],   v[t] = u - s[t]
//
// The gates need the whole layer of the step before, so the layer is a recurrence with
// skip 1 and not one neuron. norm is GroupNorm: mean 0 and variance 1 over the four
// maps of a group, then a scale and a shift per map.

#place = affine_map<(t, b, g, c, i, j) -> (t, b, g, c, i, j)>
#group = affine_map<(t, b, g, c, i, j) -> (t, b, g)>
#channel = affine_map<(t, b, g, c, i, j) -> (g, c)>

func.func @stc_lif(
    %x: tensor<?x?x2x8x8xf32>,
    %conv_x: tensor<64x2x3x3xf32> {snn.param = "conv_x"},
    %conv_h: tensor<64x4x3x3xf32> {snn.param = "conv_h"},
    %scale_h: tensor<16x4xf32> {snn.param = "scale_h"},
    %shift_h: tensor<16x4xf32> {snn.param = "shift_h"},
    %conv_v: tensor<64x4x3x3xf32> {snn.param = "conv_v"},
    %scale_v: tensor<16x4xf32> {snn.param = "scale_v"},
    %shift_v: tensor<16x4xf32> {snn.param = "shift_v"})
    -> (tensor<?x?x64x8x8xi1>, tensor<?x?x64x8x8xf32>) {
  %input = snn.conv2d %x, %conv_x {padding = array<i64: 1, 1>}
      : tensor<?x?x2x8x8xf32>, tensor<64x2x3x3xf32>
  %spikes, %potential, %vT, %history = snn.recurrent
      ins(%input : tensor<?x?x64x8x8xf32>) skip 1 {
  ^bb0(%i: tensor<?x?x64x8x8xf32>, %own: tensor<?x?x64x8x8xi1>,
       %v: tensor<?x64x8x8xf32>):
    %h = snn.conv2d %own, %conv_h {padding = array<i64: 1, 1>, groups = 16}
        : tensor<?x?x64x8x8xi1>, tensor<64x4x3x3xf32>
    %k = snn.conv2d %own, %conv_v {padding = array<i64: 1, 1>, groups = 16}
        : tensor<?x?x64x8x8xi1>, tensor<64x4x3x3xf32>

    // GroupNorm of both: sums, sums of squared distances to the mean, then
    // every place. A group has 4 x 8 x 8 = 256 of them.
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %steps = tensor.dim %i, %zero : tensor<?x?x64x8x8xf32>
    %batch = tensor.dim %i, %one : tensor<?x?x64x8x8xf32>
    %hg = tensor.expand_shape %h [[0], [1], [2, 3], [4], [5]]
        output_shape [%steps, %batch, 16, 4, 8, 8]
        : tensor<?x?x64x8x8xf32> into tensor<?x?x16x4x8x8xf32>
    %kg = tensor.expand_shape %k [[0], [1], [2, 3], [4], [5]]
        output_shape [%steps, %batch, 16, 4, 8, 8]
        : tensor<?x?x64x8x8xf32> into tensor<?x?x16x4x8x8xf32>
    %nothing = arith.constant 0.0 : f32
    %groups = tensor.empty(%steps, %batch) : tensor<?x?x16xf32>
    %none = linalg.fill ins(%nothing : f32) outs(%groups : tensor<?x?x16xf32>)
        -> tensor<?x?x16xf32>
    %sum:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group],
         iterator_types = ["parallel", "parallel", "parallel",
                           "reduction", "reduction", "reduction"]}
        ins(%hg, %kg : tensor<?x?x16x4x8x8xf32>, tensor<?x?x16x4x8x8xf32>)
        outs(%none, %none : tensor<?x?x16xf32>, tensor<?x?x16xf32>) {
    ^bb1(%a: f32, %b: f32, %sum_a: f32, %sum_b: f32):
      %next_a = arith.addf %sum_a, %a : f32
      %next_b = arith.addf %sum_b, %b : f32
      linalg.yield %next_a, %next_b : f32, f32
    } -> (tensor<?x?x16xf32>, tensor<?x?x16xf32>)
    %spread:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group, #group, #group],
         iterator_types = ["parallel", "parallel", "parallel",
                           "reduction", "reduction", "reduction"]}
        ins(%hg, %kg, %sum#0, %sum#1
            : tensor<?x?x16x4x8x8xf32>, tensor<?x?x16x4x8x8xf32>,
              tensor<?x?x16xf32>, tensor<?x?x16xf32>)
        outs(%none, %none : tensor<?x?x16xf32>, tensor<?x?x16xf32>) {
    ^bb1(%a: f32, %b: f32, %total_a: f32, %total_b: f32, %sum_a: f32,
         %sum_b: f32):
      %count = arith.constant 256.0 : f32
      %mean_a = arith.divf %total_a, %count : f32
      %mean_b = arith.divf %total_b, %count : f32
      %off_a = arith.subf %a, %mean_a : f32
      %off_b = arith.subf %b, %mean_b : f32
      %square_a = arith.mulf %off_a, %off_a : f32
      %square_b = arith.mulf %off_b, %off_b : f32
      %next_a = arith.addf %sum_a, %square_a : f32
      %next_b = arith.addf %sum_b, %square_b : f32
      linalg.yield %next_a, %next_b : f32, f32
    } -> (tensor<?x?x16xf32>, tensor<?x?x16xf32>)
    %places = tensor.empty(%steps, %batch) : tensor<?x?x16x4x8x8xf32>
    %normal:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group, #group, #group,
                          #channel, #channel, #channel, #channel,
                          #place, #place],
         iterator_types = ["parallel", "parallel", "parallel",
                           "parallel", "parallel", "parallel"]}
        ins(%hg, %kg, %sum#0, %sum#1, %spread#0, %spread#1,
            %scale_h, %scale_v, %shift_h, %shift_v
            : tensor<?x?x16x4x8x8xf32>, tensor<?x?x16x4x8x8xf32>,
              tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>,
              tensor<?x?x16xf32>, tensor<16x4xf32>, tensor<16x4xf32>,
              tensor<16x4xf32>, tensor<16x4xf32>)
        outs(%places, %places
            : tensor<?x?x16x4x8x8xf32>, tensor<?x?x16x4x8x8xf32>) {
    ^bb1(%a: f32, %b: f32, %total_a: f32, %total_b: f32, %spread_a: f32,
         %spread_b: f32, %scale_a: f32, %scale_b: f32, %shift_a: f32,
         %shift_b: f32, %out_a: f32, %out_b: f32):
      %count = arith.constant 256.0 : f32
      %small = arith.constant 1.0e-5 : f32
      %mean_a = arith.divf %total_a, %count : f32
      %mean_b = arith.divf %total_b, %count : f32
      %off_a = arith.subf %a, %mean_a : f32
      %off_b = arith.subf %b, %mean_b : f32
      %variance_a = arith.divf %spread_a, %count : f32
      %variance_b = arith.divf %spread_b, %count : f32
      %safe_a = arith.addf %variance_a, %small : f32
      %safe_b = arith.addf %variance_b, %small : f32
      %size_a = math.sqrt %safe_a : f32
      %size_b = math.sqrt %safe_b : f32
      %unit_a = arith.divf %off_a, %size_a : f32
      %unit_b = arith.divf %off_b, %size_b : f32
      %scaled_a = arith.mulf %unit_a, %scale_a : f32
      %scaled_b = arith.mulf %unit_b, %scale_b : f32
      %shifted_a = arith.addf %scaled_a, %shift_a : f32
      %shifted_b = arith.addf %scaled_b, %shift_b : f32
      linalg.yield %shifted_a, %shifted_b : f32, f32
    } -> (tensor<?x?x16x4x8x8xf32>, tensor<?x?x16x4x8x8xf32>)
    %p = tensor.collapse_shape %normal#0 [[0], [1], [2, 3], [4], [5]]
        : tensor<?x?x16x4x8x8xf32> into tensor<?x?x64x8x8xf32>
    %q = tensor.collapse_shape %normal#1 [[0], [1], [2, 3], [4], [5]]
        : tensor<?x?x16x4x8x8xf32> into tensor<?x?x64x8x8xf32>

    %s, %u, %v1 = snn.neuron
        ins(%i, %p, %q : tensor<?x?x64x8x8xf32>, tensor<?x?x64x8x8xf32>,
                         tensor<?x?x64x8x8xf32>)
        init(%v : tensor<?x64x8x8xf32>) {
    ^bb1(%it: f32, %pt: f32, %qt: f32, %v0: f32):
      %unit = arith.constant 1.0 : f32
      %tanh_p = math.tanh %pt : f32
      %tanh_q = math.tanh %qt : f32
      %gate_p = arith.addf %unit, %tanh_p : f32
      %gate_q = arith.addf %unit, %tanh_q : f32
      %left = arith.mulf %v0, %gate_p : f32
      %new = arith.mulf %it, %gate_q : f32
      %ut = arith.addf %left, %new : f32
      %st = snn.fire %ut {threshold = 1.0} : f32
      %lower = arith.subf %ut, %unit : f32
      %vt = arith.select %st, %lower, %ut : f32
      snn.yield %st, %ut : i1, f32 state(%vt : f32)
    } -> (tensor<?x?x64x8x8xi1>, tensor<?x?x64x8x8xf32>)
      state(tensor<?x64x8x8xf32>)
    snn.yield %s, %u : tensor<?x?x64x8x8xi1>, tensor<?x?x64x8x8xf32>
        feedback(%s : tensor<?x?x64x8x8xi1>) state(%v1 : tensor<?x64x8x8xf32>)
  } -> (tensor<?x?x64x8x8xi1>, tensor<?x?x64x8x8xf32>)
    state(tensor<?x64x8x8xf32>) history(tensor<1x?x64x8x8xi1>)
  return %spikes, %potential
      : tensor<?x?x64x8x8xi1>, tensor<?x?x64x8x8xf32>
}
