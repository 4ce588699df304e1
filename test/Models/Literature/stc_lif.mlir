// STC-LIF: the autaptic synaptic circuit. A layer hears its own last spikes
// through two convolutions, which gate its leak and its input.
//
// Source: Wang and Yu, Autaptic Synaptic Circuit Enhances Spatio-temporal
// Predictive Learning of Spiking Neural Networks, arXiv 2406.00405, 16 groups in
// the convolutions and in the normalisations. Inferred: 1e-5 as what the
// normalisations add to the variance.
//
//   P = 1 + tanh(norm(conv_h s[t-1])),   Q = 1 + tanh(norm(conv_v s[t-1]))
//   u = v[t-1] P + (conv_x x[t]) Q
//   s[t] = [u >= 1],   v[t] = u - s[t]
//
// The gates need the whole layer of the step before, so the layer is a
// recurrence with skip 1 and not one neuron. norm is GroupNorm: mean 0 and
// variance 1 over the two channels and 4 x 4 places of a group, then a scale
// and a shift per channel.

#place = affine_map<(t, b, g, c, i, j) -> (t, b, g, c, i, j)>
#group = affine_map<(t, b, g, c, i, j) -> (t, b, g)>
#channel = affine_map<(t, b, g, c, i, j) -> (g, c)>

func.func @stc_lif(
    %x: tensor<?x?x2x4x4xf64>,
    %conv_x: tensor<32x2x3x3xf64> {snn.param = "conv_x"},
    %conv_h: tensor<32x2x3x3xf64> {snn.param = "conv_h"},
    %scale_h: tensor<16x2xf64> {snn.param = "scale_h"},
    %shift_h: tensor<16x2xf64> {snn.param = "shift_h"},
    %conv_v: tensor<32x2x3x3xf64> {snn.param = "conv_v"},
    %scale_v: tensor<16x2xf64> {snn.param = "scale_v"},
    %shift_v: tensor<16x2xf64> {snn.param = "shift_v"})
    -> (tensor<?x?x32x4x4xi1>, tensor<?x?x32x4x4xf64>) {
  %input = snn.conv2d %x, %conv_x {padding = array<i64: 1, 1>}
      : tensor<?x?x2x4x4xf64>, tensor<32x2x3x3xf64>
  %spikes, %potential, %vT, %history = snn.recurrent
      ins(%input : tensor<?x?x32x4x4xf64>) skip 1 {
  ^bb0(%i: tensor<?x?x32x4x4xf64>, %own: tensor<?x?x32x4x4xi1>,
       %v: tensor<?x32x4x4xf64>):
    %h = snn.conv2d %own, %conv_h {padding = array<i64: 1, 1>, groups = 16}
        : tensor<?x?x32x4x4xi1>, tensor<32x2x3x3xf64>
    %k = snn.conv2d %own, %conv_v {padding = array<i64: 1, 1>, groups = 16}
        : tensor<?x?x32x4x4xi1>, tensor<32x2x3x3xf64>

    // GroupNorm of both: sums, sums of squared distances to the mean, then
    // every place. A group has 2 x 4 x 4 = 32 of them.
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %steps = tensor.dim %i, %zero : tensor<?x?x32x4x4xf64>
    %batch = tensor.dim %i, %one : tensor<?x?x32x4x4xf64>
    %hg = tensor.expand_shape %h [[0], [1], [2, 3], [4], [5]]
        output_shape [%steps, %batch, 16, 2, 4, 4]
        : tensor<?x?x32x4x4xf64> into tensor<?x?x16x2x4x4xf64>
    %kg = tensor.expand_shape %k [[0], [1], [2, 3], [4], [5]]
        output_shape [%steps, %batch, 16, 2, 4, 4]
        : tensor<?x?x32x4x4xf64> into tensor<?x?x16x2x4x4xf64>
    %nothing = arith.constant 0.0 : f64
    %groups = tensor.empty(%steps, %batch) : tensor<?x?x16xf64>
    %none = linalg.fill ins(%nothing : f64) outs(%groups : tensor<?x?x16xf64>)
        -> tensor<?x?x16xf64>
    %sum:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group],
         iterator_types = ["parallel", "parallel", "parallel",
                           "reduction", "reduction", "reduction"]}
        ins(%hg, %kg : tensor<?x?x16x2x4x4xf64>, tensor<?x?x16x2x4x4xf64>)
        outs(%none, %none : tensor<?x?x16xf64>, tensor<?x?x16xf64>) {
    ^bb1(%a: f64, %b: f64, %sum_a: f64, %sum_b: f64):
      %next_a = arith.addf %sum_a, %a : f64
      %next_b = arith.addf %sum_b, %b : f64
      linalg.yield %next_a, %next_b : f64, f64
    } -> (tensor<?x?x16xf64>, tensor<?x?x16xf64>)
    %spread:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group, #group, #group],
         iterator_types = ["parallel", "parallel", "parallel",
                           "reduction", "reduction", "reduction"]}
        ins(%hg, %kg, %sum#0, %sum#1
            : tensor<?x?x16x2x4x4xf64>, tensor<?x?x16x2x4x4xf64>,
              tensor<?x?x16xf64>, tensor<?x?x16xf64>)
        outs(%none, %none : tensor<?x?x16xf64>, tensor<?x?x16xf64>) {
    ^bb1(%a: f64, %b: f64, %total_a: f64, %total_b: f64, %sum_a: f64,
         %sum_b: f64):
      %count = arith.constant 32.0 : f64
      %mean_a = arith.divf %total_a, %count : f64
      %mean_b = arith.divf %total_b, %count : f64
      %off_a = arith.subf %a, %mean_a : f64
      %off_b = arith.subf %b, %mean_b : f64
      %square_a = arith.mulf %off_a, %off_a : f64
      %square_b = arith.mulf %off_b, %off_b : f64
      %next_a = arith.addf %sum_a, %square_a : f64
      %next_b = arith.addf %sum_b, %square_b : f64
      linalg.yield %next_a, %next_b : f64, f64
    } -> (tensor<?x?x16xf64>, tensor<?x?x16xf64>)
    %places = tensor.empty(%steps, %batch) : tensor<?x?x16x2x4x4xf64>
    %normal:2 = linalg.generic
        {indexing_maps = [#place, #place, #group, #group, #group, #group,
                          #channel, #channel, #channel, #channel,
                          #place, #place],
         iterator_types = ["parallel", "parallel", "parallel",
                           "parallel", "parallel", "parallel"]}
        ins(%hg, %kg, %sum#0, %sum#1, %spread#0, %spread#1,
            %scale_h, %scale_v, %shift_h, %shift_v
            : tensor<?x?x16x2x4x4xf64>, tensor<?x?x16x2x4x4xf64>,
              tensor<?x?x16xf64>, tensor<?x?x16xf64>, tensor<?x?x16xf64>,
              tensor<?x?x16xf64>, tensor<16x2xf64>, tensor<16x2xf64>,
              tensor<16x2xf64>, tensor<16x2xf64>)
        outs(%places, %places
            : tensor<?x?x16x2x4x4xf64>, tensor<?x?x16x2x4x4xf64>) {
    ^bb1(%a: f64, %b: f64, %total_a: f64, %total_b: f64, %spread_a: f64,
         %spread_b: f64, %scale_a: f64, %scale_b: f64, %shift_a: f64,
         %shift_b: f64, %out_a: f64, %out_b: f64):
      %count = arith.constant 32.0 : f64
      %small = arith.constant 1.0e-5 : f64
      %mean_a = arith.divf %total_a, %count : f64
      %mean_b = arith.divf %total_b, %count : f64
      %off_a = arith.subf %a, %mean_a : f64
      %off_b = arith.subf %b, %mean_b : f64
      %variance_a = arith.divf %spread_a, %count : f64
      %variance_b = arith.divf %spread_b, %count : f64
      %safe_a = arith.addf %variance_a, %small : f64
      %safe_b = arith.addf %variance_b, %small : f64
      %size_a = math.sqrt %safe_a : f64
      %size_b = math.sqrt %safe_b : f64
      %unit_a = arith.divf %off_a, %size_a : f64
      %unit_b = arith.divf %off_b, %size_b : f64
      %scaled_a = arith.mulf %unit_a, %scale_a : f64
      %scaled_b = arith.mulf %unit_b, %scale_b : f64
      %shifted_a = arith.addf %scaled_a, %shift_a : f64
      %shifted_b = arith.addf %scaled_b, %shift_b : f64
      linalg.yield %shifted_a, %shifted_b : f64, f64
    } -> (tensor<?x?x16x2x4x4xf64>, tensor<?x?x16x2x4x4xf64>)
    %p = tensor.collapse_shape %normal#0 [[0], [1], [2, 3], [4], [5]]
        : tensor<?x?x16x2x4x4xf64> into tensor<?x?x32x4x4xf64>
    %q = tensor.collapse_shape %normal#1 [[0], [1], [2, 3], [4], [5]]
        : tensor<?x?x16x2x4x4xf64> into tensor<?x?x32x4x4xf64>

    %s, %u, %v1 = snn.neuron
        ins(%i, %p, %q : tensor<?x?x32x4x4xf64>, tensor<?x?x32x4x4xf64>,
                         tensor<?x?x32x4x4xf64>)
        init(%v : tensor<?x32x4x4xf64>) {
    ^bb1(%it: f64, %pt: f64, %qt: f64, %v0: f64):
      %unit = arith.constant 1.0 : f64
      %tanh_p = math.tanh %pt : f64
      %tanh_q = math.tanh %qt : f64
      %gate_p = arith.addf %unit, %tanh_p : f64
      %gate_q = arith.addf %unit, %tanh_q : f64
      %left = arith.mulf %v0, %gate_p : f64
      %new = arith.mulf %it, %gate_q : f64
      %ut = arith.addf %left, %new : f64
      %st = snn.fire %ut {threshold = 1.0} : f64
      %lower = arith.subf %ut, %unit : f64
      %vt = arith.select %st, %lower, %ut : f64
      snn.yield %st, %ut : i1, f64 state(%vt : f64)
    } -> (tensor<?x?x32x4x4xi1>, tensor<?x?x32x4x4xf64>)
      state(tensor<?x32x4x4xf64>)
    snn.yield %s, %u : tensor<?x?x32x4x4xi1>, tensor<?x?x32x4x4xf64>
        feedback(%s : tensor<?x?x32x4x4xi1>) state(%v1 : tensor<?x32x4x4xf64>)
  } -> (tensor<?x?x32x4x4xi1>, tensor<?x?x32x4x4xf64>)
    state(tensor<?x32x4x4xf64>) history(tensor<1x?x32x4x4xi1>)
  return %spikes, %potential
      : tensor<?x?x32x4x4xi1>, tensor<?x?x32x4x4xf64>
}
