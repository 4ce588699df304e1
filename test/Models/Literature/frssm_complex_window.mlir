// The fixed-refractory-period SNN (spikingFRssm) on a complex diagonal memory:
// the window reading of its refractory period.
//
// Source: Zhang, Revisiting Reset Mechanisms in Spiking Neural Networks for
// Sequential Modeling, arXiv 2504.17751: a sequence memory without reset, and a
// spiking module whose refractory period constrains transmission only. Inferred
// from these words: all equations below. They leave three readings of the
// period, which are different functions: frssm_complex_event,
// frssm_complex_window and frssm_complex_phase.
//
//   x[t] = w in[t],   h[t] = A h[t-1] + B x[t],   v[t] = Re(C h[t]) + D x[t]
//   c[t] = [v[t] >= 1],   s[t] = c[t] and no c in t-4 .. t-1   (window: a
//   candidate silences the next four steps, whether it was emitted or not)
//
// A channel n has four memory states (n, k); A, B, C and D are parameters.

#drive = affine_map<(t, b, n, k) -> (t, b, n)>
#weight = affine_map<(t, b, n, k) -> (n, k)>
#state = affine_map<(t, b, n, k) -> (t, b, n, k)>

func.func @frssm_complex_window(%in: tensor<?x?x16xf64>,
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

  // The memory: four states per channel.
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

  // The readout Re(C h) + D x: a sum over the states of a channel.
  %direct = snn.neuron ins(%x : tensor<?x?x48xf64>)
      params(%d : tensor<48xf64>) {
  ^bb0(%xt: f64, %dn: f64):
    %p = arith.mulf %dn, %xt : f64
    snn.yield %p : f64
  } -> (tensor<?x?x48xf64>)
  %v = linalg.generic
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

  // The spiking module.
  %candidates = snn.fire %v {threshold = 1.0} : tensor<?x?x48xf64>
  %s, %wait = snn.refractory window 4 %candidates : tensor<?x?x48xi1>
  return %s, %v : tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
