// LSTM-LIF: the two compartments of TC-LIF with coefficients of any sign and
// size; a long memory in the dendrite, a short one in the soma.
//
// Source: Zhang et al. (arXiv 2307.07231), the earlier text of TC-LIF
// (arXiv 2308.13250). Inferred: that its equations are those of the code of
// TC-LIF, but for the range of b1 and b2. They are learned per layer, and
// i[t] = w x[t]:
//
//   d' = d[t-1] + b1 v[t-1] + i[t]
//   v' = v[t-1] + b2 d'
//   s[t] = [v' >= 1]
//   d[t] = d' - 0.5 s[t],   v[t] = v' - s[t]
//
// A spike subtracts from the dendrite and does not wipe it.

func.func @lstm_lif(%x: tensor<?x?x16xf64>,
                    %w: tensor<64x16xf64> {snn.param = "w"},
                    %beta1: tensor<f64> {snn.param = "b1"},
                    %beta2: tensor<f64> {snn.param = "b2"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  %i = snn.linear %x, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %spikes, %soma, %dT, %vT = snn.neuron ins(%i : tensor<?x?x64xf64>)
      params(%beta1, %beta2 : tensor<f64>, tensor<f64>) {
  ^bb0(%it: f64, %b1: f64, %b2: f64, %d: f64, %v: f64):
    %lost_d = arith.constant 0.5 : f64
    %lost_v = arith.constant 1.0 : f64
    %back = arith.mulf %b1, %v : f64
    %held = arith.addf %d, %back : f64
    %d1 = arith.addf %held, %it : f64
    %forth = arith.mulf %b2, %d1 : f64
    %v1 = arith.addf %v, %forth : f64
    %s = snn.fire %v1 {threshold = 1.0} : f64
    %d2 = arith.subf %d1, %lost_d : f64
    %v2 = arith.subf %v1, %lost_v : f64
    %next_d = arith.select %s, %d2, %d1 : f64
    %next_v = arith.select %s, %v2, %v1 : f64
    snn.yield %s, %v1 : i1, f64 state(%next_d, %next_v : f64, f64)
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>)
    state(tensor<?x64xf64>, tensor<?x64xf64>)
  return %spikes, %soma : tensor<?x?x64xi1>, tensor<?x?x64xf64>
}
