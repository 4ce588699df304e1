// One P-SpikeSSM block: a linear memory, and spikes that are drawn at random.
//
// Source: Bal and Sengupta, P-SpikeSSM, arXiv 2406.02923. Inferred: that y is
// squashed by the clamp that ClampFuse has, that the mixer is linear, and that
// the input x holds probabilities. Each of 64 units has 8 complex states of its
// own, A, B and C are diagonal or vectors:
//
//   r[t] ~ Bernoulli(x[t])                            spikes of the input
//   h[t] = A h[t-1] + B r[t],   y[t] = Re(C h[t]) + D r[t]
//   s[t] ~ Bernoulli(min(max(y[t], 0), 1))            SpikeSampler
//   z[t] = min(max(x[t] + (mix s[t] + bias), 0), 1)   SpikeMixer, ClampFuse
//
// z is the x of the next block. A draw depends on step, batch and unit alone.

#unit = affine_map<(t, b, d, n) -> (t, b, d)>
#state = affine_map<(t, b, d, n) -> (t, b, d, n)>
#weight = affine_map<(t, b, d, n) -> (d, n)>
#point = affine_map<(t, b, d) -> (t, b, d)>

// B s: what a spike adds to each of the 8 states of its unit.
func.func private @enter(%s: tensor<?x?x64xi1>,
                         %b_re: tensor<64x8xf64> {snn.param = "b.re"},
                         %b_im: tensor<64x8xf64> {snn.param = "b.im"})
    -> (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = tensor.dim %s, %c0 : tensor<?x?x64xi1>
  %batch = tensor.dim %s, %c1 : tensor<?x?x64xi1>
  %empty = tensor.empty(%steps, %batch) : tensor<?x?x64x8xf64>
  %u:2 = linalg.generic
      {indexing_maps = [#unit, #weight, #weight, #state, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %b_re, %b_im : tensor<?x?x64xi1>, tensor<64x8xf64>, tensor<64x8xf64>)
      outs(%empty, %empty : tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>) {
  ^bb0(%spike: i1, %re: f64, %im: f64, %out0: f64, %out1: f64):
    %zero = arith.constant 0.0 : f64
    %u_re = arith.select %spike, %re, %zero : f64
    %u_im = arith.select %spike, %im, %zero : f64
    linalg.yield %u_re, %u_im : f64, f64
  } -> (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>)
  return %u#0, %u#1 : tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>
}

// clamp(Re(C h) + D s): the probability of a spike.
func.func private @leave(%h_re: tensor<?x?x64x8xf64>, %h_im: tensor<?x?x64x8xf64>,
                         %s: tensor<?x?x64xi1>,
                         %c_re: tensor<64x8xf64> {snn.param = "c.re"},
                         %c_im: tensor<64x8xf64> {snn.param = "c.im"},
                         %d: tensor<64xf64> {snn.param = "d"})
    -> tensor<?x?x64xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %steps = tensor.dim %s, %c0 : tensor<?x?x64xi1>
  %batch = tensor.dim %s, %c1 : tensor<?x?x64xi1>
  %empty = tensor.empty(%steps, %batch) : tensor<?x?x64xf64>
  %zero = arith.constant 0.0 : f64
  %none = linalg.fill ins(%zero : f64) outs(%empty : tensor<?x?x64xf64>)
      -> tensor<?x?x64xf64>
  %ch = linalg.generic
      {indexing_maps = [#state, #state, #weight, #weight, #unit],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h_re, %h_im, %c_re, %c_im
          : tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>, tensor<64x8xf64>,
            tensor<64x8xf64>)
      outs(%none : tensor<?x?x64xf64>) {
  ^bb0(%hr: f64, %hi: f64, %cr: f64, %ci: f64, %sum: f64):
    %rr = arith.mulf %cr, %hr : f64
    %ii = arith.mulf %ci, %hi : f64
    %part = arith.subf %rr, %ii : f64
    %more = arith.addf %sum, %part : f64
    linalg.yield %more : f64
  } -> tensor<?x?x64xf64>
  %p = linalg.generic
      {indexing_maps = [#point, #point, affine_map<(t, b, d) -> (d)>, #point],
       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%ch, %s, %d : tensor<?x?x64xf64>, tensor<?x?x64xi1>, tensor<64xf64>)
      outs(%empty : tensor<?x?x64xf64>) {
  ^bb0(%read: f64, %spike: i1, %skip: f64, %out: f64):
    %low = arith.constant 0.0 : f64
    %high = arith.constant 1.0 : f64
    %direct = arith.addf %read, %skip : f64
    %y = arith.select %spike, %direct, %read : f64
    %floored = arith.maximumf %y, %low : f64
    %clamped = arith.minimumf %floored, %high : f64
    linalg.yield %clamped : f64
  } -> tensor<?x?x64xf64>
  return %p : tensor<?x?x64xf64>
}

// ClampFuse: clamp(x + u).
func.func private @fuse(%x: tensor<?x?x64xf64>, %u: tensor<?x?x64xf64>)
    -> tensor<?x?x64xf64> {
  %z = linalg.generic
      {indexing_maps = [#point, #point, #point],
       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %u : tensor<?x?x64xf64>, tensor<?x?x64xf64>)
      outs(%u : tensor<?x?x64xf64>) {
  ^bb0(%residual: f64, %mixed: f64, %out: f64):
    %low = arith.constant 0.0 : f64
    %high = arith.constant 1.0 : f64
    %sum = arith.addf %residual, %mixed : f64
    %floored = arith.maximumf %sum, %low : f64
    %clamped = arith.minimumf %floored, %high : f64
    linalg.yield %clamped : f64
  } -> tensor<?x?x64xf64>
  return %z : tensor<?x?x64xf64>
}

func.func @p_spikessm(
    %x: tensor<?x?x64xf64>,
    %a_re: tensor<64x8xf64> {snn.param = "a.re"},
    %a_im: tensor<64x8xf64> {snn.param = "a.im"},
    %b_re: tensor<64x8xf64> {snn.param = "b.re"},
    %b_im: tensor<64x8xf64> {snn.param = "b.im"},
    %c_re: tensor<64x8xf64> {snn.param = "c.re"},
    %c_im: tensor<64x8xf64> {snn.param = "c.im"},
    %d: tensor<64xf64> {snn.param = "d"},
    %mix: tensor<64x64xf64> {snn.param = "mix"},
    %bias: tensor<64xf64> {snn.param = "bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  // Draw, remember, draw again.
  %r = snn.sample %x {seed = 1, id = 0} : tensor<?x?x64xf64>
  %u:2 = func.call @enter(%r, %b_re, %b_im)
      : (tensor<?x?x64xi1>, tensor<64x8xf64>, tensor<64x8xf64>)
      -> (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>)
  %h:4 = snn.scan complex (%u#0, %u#1) by (%a_re, %a_im)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>),
        (tensor<64x8xf64>, tensor<64x8xf64>)
  %p = func.call @leave(%h#0, %h#1, %r, %c_re, %c_im, %d)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>, tensor<?x?x64xi1>,
         tensor<64x8xf64>, tensor<64x8xf64>, tensor<64xf64>) -> tensor<?x?x64xf64>
  %s = snn.sample %p {seed = 1, id = 1} : tensor<?x?x64xf64>

  %mixed = snn.linear %s, %mix, %bias
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %z = func.call @fuse(%x, %mixed)
      : (tensor<?x?x64xf64>, tensor<?x?x64xf64>) -> tensor<?x?x64xf64>
  return %r, %s, %z
      : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xf64>
}
