// The leaky neuron of DSR: it fires at half its threshold, and a spike is worth
// the threshold.
//
// Source: Meng et al., differentiation on spike representation (arXiv
// 2205.00459), its forward pass; theta is learned per layer, dt = 0.05, tau = 1.
//
//   u = b v[t-1] + (1 - b) i[t],   b = exp(-dt / tau)
//   s[t] = [u >= theta / 2],   o[t] = theta s[t],   v[t] = u - o[t]
//
// The second layer hears o / dt; its mean, of which a step is worth b less than
// the next, represents it.

func.func @dsr_lif(%x: tensor<?x?x16xf64>,
                   %w1: tensor<48x16xf64> {snn.param = "w1"},
                   %theta1: tensor<f64> {snn.param = "theta1"},
                   %w2: tensor<48x48xf64> {snn.param = "w2"},
                   %theta2: tensor<f64> {snn.param = "theta2"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %i1 = snn.linear %x, %w1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %s1, %o1 = func.call @fire(%i1, %theta1)
      : (tensor<?x?x48xf64>, tensor<f64>)
      -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>)
  %i2 = snn.linear %o1, %w2 : tensor<?x?x48xf64>, tensor<48x48xf64>
  %s2, %o2 = func.call @fire(%i2, %theta2)
      : (tensor<?x?x48xf64>, tensor<f64>)
      -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>)

  %mean, %sumT, %countT = snn.neuron ins(%o2 : tensor<?x?x48xf64>) {
  ^bb0(%ot: f64, %sum0: f64, %weight0: f64):
    %one = arith.constant 1.0 : f64
    %ratio = arith.constant -0.05 : f64
    %b = math.exp %ratio : f64
    %sum1 = arith.mulf %b, %sum0 : f64
    %sum = arith.addf %sum1, %ot : f64
    %weight1 = arith.mulf %b, %weight0 : f64
    %weight = arith.addf %weight1, %one : f64
    %m = arith.divf %sum, %weight : f64
    snn.yield %m : f64 state(%sum, %weight : f64, f64)
  } -> (tensor<?x?x48xf64>) state(tensor<?x48xf64>, tensor<?x48xf64>)
  return %s1, %s2, %mean
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}

func.func private @fire(%i: tensor<?x?x48xf64>, %thetas: tensor<f64>)
    -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %spikes, %graded, %vT = snn.neuron ins(%i : tensor<?x?x48xf64>)
      params(%thetas : tensor<f64>) {
  ^bb0(%it: f64, %theta: f64, %v: f64):
    %one = arith.constant 1.0 : f64
    %share = arith.constant 0.5 : f64
    %nothing = arith.constant 0.0 : f64
    %dt = arith.constant 0.05 : f64
    %ratio = arith.constant -0.05 : f64
    %b = math.exp %ratio : f64
    %rest = arith.subf %one, %b : f64
    %threshold = arith.mulf %share, %theta : f64
    %left = arith.mulf %b, %v : f64
    %input = arith.mulf %rest, %it : f64
    %u = arith.addf %left, %input : f64
    %s = snn.fire %u, %threshold : f64
    %o = arith.select %s, %theta, %nothing : f64
    %v1 = arith.subf %u, %o : f64
    %rate = arith.divf %o, %dt : f64
    snn.yield %s, %rate : i1, f64 state(%v1 : f64)
  } -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) state(tensor<?x48xf64>)
  return %spikes, %graded : tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
