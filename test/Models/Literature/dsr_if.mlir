// The integrate-and-fire neuron of DSR: it fires at half its threshold, and a
// spike is worth the threshold.
//
// Source: Meng et al., differentiation on spike representation (arXiv
// 2205.00459), its forward pass; theta is learned per layer.
//
//   u = v[t-1] + i[t]
//   s[t] = [u >= theta / 2],   o[t] = theta s[t],   v[t] = u - o[t]
//
// The second layer hears o; the mean of its o over the steps so far represents
// it.

func.func @dsr_if(%x: tensor<?x?x16xf64>,
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
  ^bb0(%ot: f64, %sum0: f64, %count0: f64):
    %one = arith.constant 1.0 : f64
    %sum = arith.addf %sum0, %ot : f64
    %count = arith.addf %count0, %one : f64
    %ratio = arith.divf %sum, %count : f64
    snn.yield %ratio : f64 state(%sum, %count : f64, f64)
  } -> (tensor<?x?x48xf64>) state(tensor<?x48xf64>, tensor<?x48xf64>)
  return %s1, %s2, %mean
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}

func.func private @fire(%i: tensor<?x?x48xf64>, %thetas: tensor<f64>)
    -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %spikes, %graded, %vT = snn.neuron ins(%i : tensor<?x?x48xf64>)
      params(%thetas : tensor<f64>) {
  ^bb0(%it: f64, %theta: f64, %v: f64):
    %share = arith.constant 0.5 : f64
    %nothing = arith.constant 0.0 : f64
    %threshold = arith.mulf %share, %theta : f64
    %u = arith.addf %v, %it : f64
    %s = snn.fire %u, %threshold : f64
    %o = arith.select %s, %theta, %nothing : f64
    %v1 = arith.subf %u, %o : f64
    snn.yield %s, %o : i1, f64 state(%v1 : f64)
  } -> (tensor<?x?x48xi1>, tensor<?x?x48xf64>) state(tensor<?x48xf64>)
  return %spikes, %graded : tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
