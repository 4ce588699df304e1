// TC-LIF as its paper prints it: the reset stands in the equations of the next
// step, whose dendrite reads a soma before reset.
//
// Source: Zhang et al. (arXiv 2308.13250). With b1 = -sigmoid(c1),
// b2 = sigmoid(c2) learned per layer, 0.5 and 1 fixed, and i[t] = w x[t]:
//
//   d[t] = d[t-1] + b1 v[t-1] + i[t] - 0.5 s[t-1]
//   v[t] = v[t-1] + b2 d[t] - s[t-1]         the soma reads the new dendrite
//   s[t] = [v[t] >= 1]
//
// It differs from tc_lif, the form of the authors' code, by -b1 s[t-1] in d[t].

func.func @tc_lif_printed(%x: tensor<?x?x16xf64>,
                          %w: tensor<64x16xf64> {snn.param = "w"},
                          %c1: tensor<f64> {snn.param = "c1"},
                          %c2: tensor<f64> {snn.param = "c2"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  %y1 = func.call @sigmoid(%c1) : (tensor<f64>) -> f64
  %beta2 = func.call @sigmoid(%c2) : (tensor<f64>) -> f64
  %beta1 = arith.negf %y1 : f64

  %i = snn.linear %x, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %spikes, %soma, %dT, %vT, %sT = snn.neuron ins(%i : tensor<?x?x64xf64>)
      params(%beta1, %beta2 : f64, f64) {
  ^bb0(%it: f64, %b1: f64, %b2: f64, %d: f64, %v: f64, %last: i1):
    %lost_d = arith.constant 0.5 : f64
    %lost_v = arith.constant 1.0 : f64
    %back = arith.mulf %b1, %v : f64
    %held = arith.addf %d, %back : f64
    %free_d = arith.addf %held, %it : f64
    %less_d = arith.subf %free_d, %lost_d : f64
    %d1 = arith.select %last, %less_d, %free_d : f64
    %forth = arith.mulf %b2, %d1 : f64
    %free_v = arith.addf %v, %forth : f64
    %less_v = arith.subf %free_v, %lost_v : f64
    %v1 = arith.select %last, %less_v, %free_v : f64
    %s = snn.fire %v1 {threshold = 1.0} : f64
    snn.yield %s, %v1 : i1, f64 state(%d1, %v1, %s : f64, f64, i1)
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>)
    state(tensor<?x64xf64>, tensor<?x64xf64>, tensor<?x64xi1>)
  return %spikes, %soma : tensor<?x?x64xi1>, tensor<?x?x64xf64>
}

func.func private @sigmoid(%c: tensor<f64>) -> f64 {
  %one = arith.constant 1.0 : f64
  %value = tensor.extract %c[] : tensor<f64>
  %minus = arith.negf %value : f64
  %power = math.exp %minus : f64
  %divisor = arith.addf %one, %power : f64
  %y = arith.divf %one, %divisor : f64
  return %y : f64
}
