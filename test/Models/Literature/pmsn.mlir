// PMSN: a neuron of coupled compartments. Those without spikes are a complex
// diagonal memory; the last collects what they give and resets by a modulus.
//
// Source: Chen et al., PMSN (arXiv 2408.14917) and its code, after its
// eigendecomposition and discretization; it fires at m >= 1 like the parallel
// form of the code.
//
//   x[t] = w in[t],   h[t] = A h[t-1] + B x[t],   y[t] = Re(C h[t]) + D x[t]
//   m = m[t-1] + max(y[t], 0)
//   s[t] = [m >= 1],   m[t] = m mod 1
//
// A neuron n has four hidden compartments (n, k). What exceeds the threshold
// more than once is lost, for a step has one spike at most.

#drive = affine_map<(t, b, n, k) -> (t, b, n)>
#weight = affine_map<(t, b, n, k) -> (n, k)>
#state = affine_map<(t, b, n, k) -> (t, b, n, k)>

func.func @pmsn(%in: tensor<?x?x16xf64>,
                %w: tensor<48x16xf64> {snn.param = "w"},
                %a_re: tensor<48x4xf64> {snn.param = "a_re"},
                %a_im: tensor<48x4xf64> {snn.param = "a_im"},
                %b_re: tensor<48x4xf64> {snn.param = "b_re"},
                %b_im: tensor<48x4xf64> {snn.param = "b_im"},
                %c_re: tensor<48x4xf64> {snn.param = "c_re"},
                %c_im: tensor<48x4xf64> {snn.param = "c_im"},
                %d: tensor<48xf64> {snn.param = "d"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %x = snn.linear %in, %w : tensor<?x?x16xf64>, tensor<48x16xf64>

  // The hidden compartments.
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %steps = tensor.dim %x, %zero : tensor<?x?x48xf64>
  %batch = tensor.dim %x, %one : tensor<?x?x48xf64>
  %states = tensor.empty(%steps, %batch) : tensor<?x?x48x4xf64>
  %bx_re = linalg.generic
      {indexing_maps = [#drive, #weight, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b_re : tensor<?x?x48xf64>, tensor<48x4xf64>)
      outs(%states : tensor<?x?x48x4xf64>) {
  ^bb0(%xt: f64, %bk: f64, %out: f64):
    %p = arith.mulf %bk, %xt : f64
    linalg.yield %p : f64
  } -> tensor<?x?x48x4xf64>
  %bx_im = linalg.generic
      {indexing_maps = [#drive, #weight, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b_im : tensor<?x?x48xf64>, tensor<48x4xf64>)
      outs(%states : tensor<?x?x48x4xf64>) {
  ^bb0(%xt: f64, %bk: f64, %out: f64):
    %p = arith.mulf %bk, %xt : f64
    linalg.yield %p : f64
  } -> tensor<?x?x48x4xf64>
  %h:4 = snn.scan complex (%bx_re, %bx_im) by (%a_re, %a_im)
      : (tensor<?x?x48x4xf64>, tensor<?x?x48x4xf64>),
        (tensor<48x4xf64>, tensor<48x4xf64>)

  // The readout Re(C h) + D x: a sum over the compartments of a neuron.
  %direct = snn.neuron ins(%x : tensor<?x?x48xf64>)
      params(%d : tensor<48xf64>) {
  ^bb0(%xt: f64, %dn: f64):
    %p = arith.mulf %dn, %xt : f64
    snn.yield %p : f64
  } -> (tensor<?x?x48xf64>)
  %y = linalg.generic
      {indexing_maps = [#state, #state, #weight, #weight, #drive],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h#0, %h#1, %c_re, %c_im
          : tensor<?x?x48x4xf64>, tensor<?x?x48x4xf64>,
          tensor<48x4xf64>, tensor<48x4xf64>)
      outs(%direct : tensor<?x?x48xf64>) {
  ^bb0(%re: f64, %im: f64, %cre: f64, %cim: f64, %sum: f64):
    %p = arith.mulf %cre, %re : f64
    %q = arith.mulf %cim, %im : f64
    %real = arith.subf %p, %q : f64
    %next = arith.addf %sum, %real : f64
    linalg.yield %next : f64
  } -> tensor<?x?x48xf64>

  // The last compartment.
  %rectified = snn.neuron ins(%y : tensor<?x?x48xf64>) {
  ^bb0(%yt: f64):
    %nothing = arith.constant 0.0 : f64
    %r = arith.maximumf %yt, %nothing : f64
    snn.yield %r : f64
  } -> (tensor<?x?x48xf64>)
  %s, %mT = snn.lif %rectified {decay = 1.0, threshold = 1.0,
      reset = #snn.reset<modulo>} : tensor<?x?x48xf64>
  return %s, %y : tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
