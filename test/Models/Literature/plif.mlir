// The parametric LIF: a time constant learned per layer, kept above one step by
// a sigmoid.
//
// Source: PLIF of Fang et al. (arXiv 2007.05785), hard reset to 0.
//
//   k = 1 / (1 + exp(-a)),   i[t] = w x[t]
//   u = v[t-1] + k (i[t] - v[t-1]),   s[t] = [u >= 1]
//   v[t] = 0 if s[t] else u
//
// Two layers, each with an a of its own: the decay of snn.lif is 1 - k, and
// decay_input gives the input the rest, k.

func.func private @decay(%a: tensor<f64>) -> f64 {
  %one = arith.constant 1.0 : f64
  %value = tensor.extract %a[] : tensor<f64>
  %minus = arith.negf %value : f64
  %power = math.exp %minus : f64
  %divisor = arith.addf %one, %power : f64
  %k = arith.divf %one, %divisor : f64
  %decay = arith.subf %one, %k : f64
  return %decay : f64
}

func.func @plif(%x: tensor<?x?x16xf64>,
                %w1: tensor<48x16xf64> {snn.param = "w1"},
                %a1: tensor<f64> {snn.param = "a1"},
                %w2: tensor<48x48xf64> {snn.param = "w2"},
                %a2: tensor<f64> {snn.param = "a2"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %decay1 = func.call @decay(%a1) : (tensor<f64>) -> f64
  %decay2 = func.call @decay(%a2) : (tensor<f64>) -> f64

  %i1 = snn.linear %x, %w1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %s1, %v1 = snn.lif %i1 decay(%decay1 : f64)
      {threshold = 1.0, reset = #snn.reset<value, 0.0>, decay_input}
      : tensor<?x?x48xf64>

  %i2 = snn.linear %s1, %w2 : tensor<?x?x48xi1>, tensor<48x48xf64>
  %s2, %u2, %v2 = snn.lif %i2 decay(%decay2 : f64)
      {threshold = 1.0, reset = #snn.reset<value, 0.0>, decay_input,
       potential = #snn.potential<before_reset>} : tensor<?x?x48xf64>
  return %s1, %s2, %u2
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
