// One P-SpikeSSM block that hears the future too: two memories, one for each
// direction of time, and a mixture of their spikes. It is not causal.
//
// Source: Bal and Sengupta, P-SpikeSSM, arXiv 2406.02923; what p_spikessm says is
// inferred, and that the mixer adds both directions. For f forwards and g
// backwards, each with draws and parameters of its own, of 64 units with 8
// complex states:
//
//   r[t] ~ Bernoulli(x[t])                            spikes of the input
//   f: h[t] = A h[t-1] + B r[t]     g: h[t] = A h[t+1] + B r[t]
//   y[t] = Re(C h[t]) + D r[t],     s[t] ~ Bernoulli(min(max(y[t], 0), 1))
//   z[t] = min(max(x[t] + (mix_f s_f[t] + bias) + mix_g s_g[t], 0), 1)

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

func.func @p_spikessm_bidirectional(
    %x: tensor<?x?x64xf64>,
    %a_re_f: tensor<64x8xf64> {snn.param = "forward.a.re"},
    %a_im_f: tensor<64x8xf64> {snn.param = "forward.a.im"},
    %b_re_f: tensor<64x8xf64> {snn.param = "forward.b.re"},
    %b_im_f: tensor<64x8xf64> {snn.param = "forward.b.im"},
    %c_re_f: tensor<64x8xf64> {snn.param = "forward.c.re"},
    %c_im_f: tensor<64x8xf64> {snn.param = "forward.c.im"},
    %d_f: tensor<64xf64> {snn.param = "forward.d"},
    %a_re_g: tensor<64x8xf64> {snn.param = "backward.a.re"},
    %a_im_g: tensor<64x8xf64> {snn.param = "backward.a.im"},
    %b_re_g: tensor<64x8xf64> {snn.param = "backward.b.re"},
    %b_im_g: tensor<64x8xf64> {snn.param = "backward.b.im"},
    %c_re_g: tensor<64x8xf64> {snn.param = "backward.c.re"},
    %c_im_g: tensor<64x8xf64> {snn.param = "backward.c.im"},
    %d_g: tensor<64xf64> {snn.param = "backward.d"},
    %mix_f: tensor<64x64xf64> {snn.param = "forward.mix"},
    %mix_g: tensor<64x64xf64> {snn.param = "backward.mix"},
    %bias: tensor<64xf64> {snn.param = "bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xi1>,
        tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  // Forwards.
  %r_f = snn.sample %x {seed = 1, id = 0} : tensor<?x?x64xf64>
  %u_f:2 = func.call @enter(%r_f, %b_re_f, %b_im_f)
      : (tensor<?x?x64xi1>, tensor<64x8xf64>, tensor<64x8xf64>)
      -> (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>)
  %h_f:4 = snn.scan complex (%u_f#0, %u_f#1) by (%a_re_f, %a_im_f)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>),
        (tensor<64x8xf64>, tensor<64x8xf64>)
  %p_f = func.call @leave(%h_f#0, %h_f#1, %r_f, %c_re_f, %c_im_f, %d_f)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>, tensor<?x?x64xi1>,
         tensor<64x8xf64>, tensor<64x8xf64>, tensor<64xf64>) -> tensor<?x?x64xf64>
  %s_f = snn.sample %p_f {seed = 1, id = 1} : tensor<?x?x64xf64>

  // Backwards.
  %r_g = snn.sample %x {seed = 1, id = 2} : tensor<?x?x64xf64>
  %u_g:2 = func.call @enter(%r_g, %b_re_g, %b_im_g)
      : (tensor<?x?x64xi1>, tensor<64x8xf64>, tensor<64x8xf64>)
      -> (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>)
  %h_g:4 = snn.scan complex reverse (%u_g#0, %u_g#1) by (%a_re_g, %a_im_g)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>),
        (tensor<64x8xf64>, tensor<64x8xf64>)
  %p_g = func.call @leave(%h_g#0, %h_g#1, %r_g, %c_re_g, %c_im_g, %d_g)
      : (tensor<?x?x64x8xf64>, tensor<?x?x64x8xf64>, tensor<?x?x64xi1>,
         tensor<64x8xf64>, tensor<64x8xf64>, tensor<64xf64>) -> tensor<?x?x64xf64>
  %s_g = snn.sample %p_g {seed = 1, id = 3} : tensor<?x?x64xf64>

  %mixed_f = snn.linear %s_f, %mix_f, %bias
      : tensor<?x?x64xi1>, tensor<64x64xf64>, tensor<64xf64>
  %mixed_g = snn.linear %s_g, %mix_g : tensor<?x?x64xi1>, tensor<64x64xf64>
  %mixed = arith.addf %mixed_f, %mixed_g : tensor<?x?x64xf64>
  %z = func.call @fuse(%x, %mixed)
      : (tensor<?x?x64xf64>, tensor<?x?x64xf64>) -> tensor<?x?x64xf64>
  return %r_f, %s_f, %r_g, %s_g, %z
      : tensor<?x?x64xi1>, tensor<?x?x64xi1>, tensor<?x?x64xi1>,
        tensor<?x?x64xi1>, tensor<?x?x64xf64>
}
