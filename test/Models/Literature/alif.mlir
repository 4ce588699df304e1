// The adaptive LIF of long short-term memory SNNs: a threshold that its own
// spikes raise, and a soft reset by that threshold.
//
// Source: LSNN of Bellec et al. (arXiv 1803.09574), with the constants and the
// order of the step of Yin et al. (arXiv 2103.12593).
//
//   a[t] = rho a[t-1] + (1 - rho) s[t-1]
//   theta[t] = 0.01 + 1.8 a[t]
//   u[t] = alpha v[t-1] + (1 - alpha) i[t],   i[t] = w x[t]
//   s[t] = [u[t] >= theta[t]],   v[t] = u[t] - theta[t] s[t]
//
// alpha and rho are learned per neuron, as exp(-1 / tau).

func.func @alif(%x: tensor<?x?x16xf64>,
                %w: tensor<64x16xf64> {snn.param = "w"},
                %alphas: tensor<64xf64> {snn.param = "alpha"},
                %rhos: tensor<64xf64> {snn.param = "rho"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>) {
  %i = snn.linear %x, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %spikes, %potential, %threshold, %vT, %aT, %sT = snn.neuron
      ins(%i : tensor<?x?x64xf64>)
      params(%alphas, %rhos : tensor<64xf64>, tensor<64xf64>) {
  ^bb0(%it: f64, %alpha: f64, %rho: f64, %v: f64, %a: f64, %last: i1):
    %one = arith.constant 1.0 : f64
    %base = arith.constant 0.01 : f64
    %beta = arith.constant 1.8 : f64
    %fired = arith.uitofp %last : i1 to f64
    %rest = arith.subf %one, %rho : f64
    %old = arith.mulf %rho, %a : f64
    %new = arith.mulf %rest, %fired : f64
    %a1 = arith.addf %old, %new : f64
    %raised = arith.mulf %beta, %a1 : f64
    %theta = arith.addf %base, %raised : f64
    %share = arith.subf %one, %alpha : f64
    %left = arith.mulf %alpha, %v : f64
    %input = arith.mulf %share, %it : f64
    %u = arith.addf %left, %input : f64
    %s = snn.fire %u, %theta : f64
    %lower = arith.subf %u, %theta : f64
    %v1 = arith.select %s, %lower, %u : f64
    snn.yield %s, %u, %theta : i1, f64, f64 state(%v1, %a1, %s : f64, f64, i1)
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>)
    state(tensor<?x64xf64>, tensor<?x64xf64>, tensor<?x64xi1>)
  return %spikes, %potential, %threshold
      : tensor<?x?x64xi1>, tensor<?x?x64xf64>, tensor<?x?x64xf64>
}
