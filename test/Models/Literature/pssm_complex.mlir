// SpikingPssm on a complex diagonal memory: a parallel spiking neuron with a
// full T x T matrix reads a sequence memory without reset.
//
// Source: Zhang, Revisiting Reset Mechanisms in Spiking Neural Networks for
// Sequential Modeling, arXiv 2504.17751: the sequence memory, with the spiking
// module of the parallel spiking neuron (arXiv 2304.12760). Inferred from these
// words: the equations, and that the module reads v. Its matrix along time is
// learned and dense here, so step t hears later steps and T is 288.
//
//   x[t] = w in[t],   h[t] = A h[t-1] + B x[t],   v[t] = Re(C h[t]) + D x[t]
//   u[t] = sum over i of W[t, i] v[i],   s[t] = [u[t] >= 1]
//
// A channel n has four memory states (n, k); A, B, C and D are parameters.

#drive = affine_map<(t, b, n, k) -> (t, b, n)>
#weight = affine_map<(t, b, n, k) -> (n, k)>
#state = affine_map<(t, b, n, k) -> (t, b, n, k)>
#matrix = affine_map<(t, b, n, i) -> (t, i)>
#in = affine_map<(t, b, n, i) -> (i, b, n)>

func.func @pssm_complex(%in: tensor<288x?x16xf64>,
                        %w: tensor<48x16xf64> {snn.param = "w"},
                        %a_re: tensor<48x4xf64> {snn.param = "a_re"},
                        %a_im: tensor<48x4xf64> {snn.param = "a_im"},
                        %b_re: tensor<48x4xf64> {snn.param = "b_re"},
                        %b_im: tensor<48x4xf64> {snn.param = "b_im"},
                        %c_re: tensor<48x4xf64> {snn.param = "c_re"},
                        %c_im: tensor<48x4xf64> {snn.param = "c_im"},
                        %d: tensor<48xf64> {snn.param = "d"},
                        %time: tensor<288x288xf64> {snn.param = "time"})
    -> (tensor<288x?x48xi1>, tensor<288x?x48xf64>) {
  %x = snn.linear %in, %w : tensor<288x?x16xf64>, tensor<48x16xf64>

  // The memory: four states per channel.
  %one = arith.constant 1 : index
  %batch = tensor.dim %x, %one : tensor<288x?x48xf64>
  %states = tensor.empty(%batch) : tensor<288x?x48x4xf64>
  %bx_re = linalg.generic
      {indexing_maps = [#drive, #weight, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b_re : tensor<288x?x48xf64>, tensor<48x4xf64>)
      outs(%states : tensor<288x?x48x4xf64>) {
  ^bb0(%xt: f64, %bk: f64, %out: f64):
    %p = arith.mulf %bk, %xt : f64
    linalg.yield %p : f64
  } -> tensor<288x?x48x4xf64>
  %bx_im = linalg.generic
      {indexing_maps = [#drive, #weight, #state],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %b_im : tensor<288x?x48xf64>, tensor<48x4xf64>)
      outs(%states : tensor<288x?x48x4xf64>) {
  ^bb0(%xt: f64, %bk: f64, %out: f64):
    %p = arith.mulf %bk, %xt : f64
    linalg.yield %p : f64
  } -> tensor<288x?x48x4xf64>
  %h:4 = snn.scan complex (%bx_re, %bx_im) by (%a_re, %a_im)
      : (tensor<288x?x48x4xf64>, tensor<288x?x48x4xf64>),
        (tensor<48x4xf64>, tensor<48x4xf64>)

  // The readout Re(C h) + D x: a sum over the states of a channel.
  %direct = snn.neuron ins(%x : tensor<288x?x48xf64>)
      params(%d : tensor<48xf64>) {
  ^bb0(%xt: f64, %dn: f64):
    %p = arith.mulf %dn, %xt : f64
    snn.yield %p : f64
  } -> (tensor<288x?x48xf64>)
  %v = linalg.generic
      {indexing_maps = [#state, #state, #weight, #weight, #drive],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%h#0, %h#1, %c_re, %c_im
          : tensor<288x?x48x4xf64>, tensor<288x?x48x4xf64>,
          tensor<48x4xf64>, tensor<48x4xf64>)
      outs(%direct : tensor<288x?x48xf64>) {
  ^bb0(%re: f64, %im: f64, %cre: f64, %cim: f64, %sum: f64):
    %p = arith.mulf %cre, %re : f64
    %q = arith.mulf %cim, %im : f64
    %real = arith.subf %p, %q : f64
    %next = arith.addf %sum, %real : f64
    linalg.yield %next : f64
  } -> tensor<288x?x48xf64>

  // The spiking module.
  %nought = arith.constant 0.0 : f64
  %empty = tensor.empty(%batch) : tensor<288x?x48xf64>
  %none = linalg.fill ins(%nought : f64) outs(%empty : tensor<288x?x48xf64>)
      -> tensor<288x?x48xf64>
  %u = linalg.generic
      {indexing_maps = [#matrix, #in, #drive],
       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%time, %v : tensor<288x288xf64>, tensor<288x?x48xf64>)
      outs(%none : tensor<288x?x48xf64>) {
  ^bb0(%wti: f64, %vi: f64, %sum: f64):
    %p = arith.mulf %wti, %vi : f64
    %next = arith.addf %sum, %p : f64
    linalg.yield %next : f64
  } -> tensor<288x?x48xf64>
  %s = snn.fire %u {threshold = 1.0} : tensor<288x?x48xf64>
  return %s, %u : tensor<288x?x48xi1>, tensor<288x?x48xf64>
}
