// The fixed-refractory-period SNN (spikingFRssm) on a real diagonal memory:
// the event reading of its refractory period.
//
// Source: Zhang, Revisiting Reset Mechanisms in Spiking Neural Networks for
// Sequential Modeling, arXiv 2504.17751: a sequence memory without reset, and a
// spiking module whose refractory period constrains transmission only. Inferred
// from these words: all equations below. They leave three readings of the
// period, which are different functions: frssm_real_event,
// frssm_real_window and frssm_real_phase.
//
//   x[t] = w in[t],   h[t] = A h[t-1] + B x[t],   v[t] = C h[t] + D x[t]
//   c[t] = [v[t] >= 1],   s[t] = c[t] and no s in t-4 .. t-1   (event: an
//   emitted spike silences the next four steps)
//
// A channel n has four memory states (n, k); A, B, C and D are parameters.

#drive = affine_map<(t, b, n, k) -> (t, b, n)>
#weight = affine_map<(t, b, n, k) -> (n, k)>
#state = affine_map<(t, b, n, k) -> (t, b, n, k)>

func.func @frssm_real_event(%in: tensor<?x?x16xf64>,
                            %w: tensor<48x16xf64> {snn.param = "w"},
                            %a: tensor<48x4xf64> {snn.param = "a"},
                            %b: tensor<48x4xf64> {snn.param = "b"},
                            %c: tensor<48x4xf64> {snn.param = "c"},
                            %d: tensor<48xf64> {snn.param = "d"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %x = snn.linear %in, %w : tensor<?x?x16xf64>, tensor<48x16xf64>

  // The memory: four states per channel.
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %steps = tensor.dim %x, %zero : tensor<?x?x48xf64>
  %batch = tensor.dim %x, %one : tensor<?x?x48xf64>
  %states = tensor.empty(%steps, %batch) : tensor<?x?x48x4xf64>
  %bx = linalg.generic
      {indexing_maps = [#drive, #weight, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b : tensor<?x?x48xf64>, tensor<48x4xf64>)
      outs(%states : tensor<?x?x48x4xf64>) {
  ^bb0(%xt: f64, %bk: f64, %out: f64):
    %p = arith.mulf %bk, %xt : f64
    linalg.yield %p : f64
  } -> tensor<?x?x48x4xf64>
  %h, %hT = snn.scan real (%bx) by (%a)
      : (tensor<?x?x48x4xf64>), (tensor<48x4xf64>)

  // The readout C h + D x: a sum over the states of a channel.
  %direct = snn.neuron ins(%x : tensor<?x?x48xf64>)
      params(%d : tensor<48xf64>) {
  ^bb0(%xt: f64, %dn: f64):
    %p = arith.mulf %dn, %xt : f64
    snn.yield %p : f64
  } -> (tensor<?x?x48xf64>)
  %v = linalg.generic
      {indexing_maps = [#state, #weight, #drive],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h, %c
          : tensor<?x?x48x4xf64>, tensor<48x4xf64>)
      outs(%direct : tensor<?x?x48xf64>) {
  ^bb0(%hk: f64, %ck: f64, %sum: f64):
    %p = arith.mulf %ck, %hk : f64
    %next = arith.addf %sum, %p : f64
    linalg.yield %next : f64
  } -> tensor<?x?x48xf64>

  // The spiking module.
  %candidates = snn.fire %v {threshold = 1.0} : tensor<?x?x48xf64>
  %s, %wait = snn.refractory event 4 %candidates : tensor<?x?x48xi1>
  return %s, %v : tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
