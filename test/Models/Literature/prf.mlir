// The parallel resonate-and-fire neuron: a complex membrane that turns and
// decays; spikes do not come back.
//
// Source: PRF of Huang et al. (arXiv 2410.03530), tau, theta and dt learned per
// neuron.
//
//   u[t] = exp(dt (-1 / tau + i theta)) u[t-1] + dt c[t],   c[t] = w x[t]
//   s[t] = [Re u[t] >= 1]
//
// Two layers; the second hears the spikes of the first.

func.func @prf(%x: tensor<?x?x16xf64>,
               %w1: tensor<48x16xf64> {snn.param = "w1"},
               %tau1: tensor<48xf64> {snn.param = "tau1"},
               %theta1: tensor<48xf64> {snn.param = "theta1"},
               %dt1: tensor<48xf64> {snn.param = "dt1"},
               %w2: tensor<48x48xf64> {snn.param = "w2"},
               %tau2: tensor<48xf64> {snn.param = "tau2"},
               %theta2: tensor<48xf64> {snn.param = "theta2"},
               %dt2: tensor<48xf64> {snn.param = "dt2"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %c1 = snn.linear %x, %w1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %u1 = func.call @resonate(%c1, %tau1, %theta1, %dt1)
      : (tensor<?x?x48xf64>, tensor<48xf64>, tensor<48xf64>, tensor<48xf64>)
      -> tensor<?x?x48xf64>
  %s1 = snn.fire %u1 {threshold = 1.0} : tensor<?x?x48xf64>

  %c2 = snn.linear %s1, %w2 : tensor<?x?x48xi1>, tensor<48x48xf64>
  %u2 = func.call @resonate(%c2, %tau2, %theta2, %dt2)
      : (tensor<?x?x48xf64>, tensor<48xf64>, tensor<48xf64>, tensor<48xf64>)
      -> tensor<?x?x48xf64>
  %s2 = snn.fire %u2 {threshold = 1.0} : tensor<?x?x48xf64>
  return %s1, %s2, %u2
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}

/// The real part of the membranes.
func.func private @resonate(%c: tensor<?x?x48xf64>, %tau: tensor<48xf64>,
                            %theta: tensor<48xf64>, %dt: tensor<48xf64>)
    -> tensor<?x?x48xf64> {
  %share = arith.divf %dt, %tau : tensor<48xf64>
  %minus = arith.negf %share : tensor<48xf64>
  %size = math.exp %minus : tensor<48xf64>
  %angle = arith.mulf %dt, %theta : tensor<48xf64>
  %cos = math.cos %angle : tensor<48xf64>
  %sin = math.sin %angle : tensor<48xf64>
  %re = arith.mulf %size, %cos : tensor<48xf64>
  %im = arith.mulf %size, %sin : tensor<48xf64>
  %input = snn.neuron ins(%c : tensor<?x?x48xf64>)
      params(%dt : tensor<48xf64>) {
  ^bb0(%ct: f64, %step: f64):
    %p = arith.mulf %step, %ct : f64
    snn.yield %p : f64
  } -> (tensor<?x?x48xf64>)
  %u:4 = snn.scan complex (%input) by (%re, %im)
      : (tensor<?x?x48xf64>), (tensor<48xf64>, tensor<48xf64>)
  return %u#0 : tensor<?x?x48xf64>
}
