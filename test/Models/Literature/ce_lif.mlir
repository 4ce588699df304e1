// CE-LIF: the threshold holds a contextual embedding, learned for every step
// and neuron, and an adaptation driven by the neuron's own spikes.
//
// Source: Chen et al. (arXiv 2308.15150), which puts the embedding e into an
// adaptive threshold. Inferred: that the parts of the threshold add up, that the
// adaptation is that of ALIF (arXiv 1803.09574), and that the reset subtracts
// the threshold that was reached.
//
//   a[t] = rho a[t-1] + s[t-1]
//   theta[t] = 1 + e[t] + beta a[t]
//   u[t] = 0.9 v[t-1] + i[t],   i[t] = w x[t]
//   s[t] = [u[t] >= theta[t]],   v[t] = u[t] - theta[t] s[t]
//
// e depends on the position alone: a table of one row per step.

func.func @ce_lif(%x: tensor<?x?x16xf64>,
                  %w: tensor<64x16xf64> {snn.param = "w"},
                  %embedding: tensor<240x64xf64> {snn.param = "embedding"},
                  %rhos: tensor<64xf64> {snn.param = "rho"},
                  %betas: tensor<64xf64> {snn.param = "beta"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>) {
  %i = snn.linear %x, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %spikes, %potential, %threshold, %vT, %aT, %sT = snn.neuron
      ins(%i : tensor<?x?x64xf64>)
      params(%rhos, %betas : tensor<64xf64>, tensor<64xf64>)
      tables(%embedding : tensor<240x64xf64>) {
  ^bb0(%it: f64, %rho: f64, %beta: f64, %e: f64, %v: f64, %a: f64, %last: i1):
    %one = arith.constant 1.0 : f64
    %decay = arith.constant 0.9 : f64
    %fired = arith.uitofp %last : i1 to f64
    %old = arith.mulf %rho, %a : f64
    %a1 = arith.addf %old, %fired : f64
    %raised = arith.mulf %beta, %a1 : f64
    %context = arith.addf %one, %e : f64
    %theta = arith.addf %context, %raised : f64
    %left = arith.mulf %decay, %v : f64
    %u = arith.addf %left, %it : f64
    %s = snn.fire %u, %theta : f64
    %lower = arith.subf %u, %theta : f64
    %v1 = arith.select %s, %lower, %u : f64
    snn.yield %s, %u, %theta : i1, f64, f64 state(%v1, %a1, %s : f64, f64, i1)
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>)
    state(tensor<?x64xf64>, tensor<?x64xf64>, tensor<?x64xi1>)
  return %spikes, %potential, %threshold
      : tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>
}
