// The sliding parallel spiking neuron: k = 24 taps shared by all steps.
//
// Source: sliding PSN of Fang et al., Parallel Spiking Neurons
// (arXiv 2304.12760): W[t, i] = w[t - i], so T is free; b is added, as in its
// code.
//
//   h[t] = sum over k < 24 of taps[k] x[t-k],   s[t] = [h[t] + b >= 0]
//
// Two layers; the second hears the spikes of the first.

func.func @sliding_psn(%x: tensor<?x?x16xf64>,
                       %w1: tensor<48x16xf64> {snn.param = "w1"},
                       %taps1: tensor<24xf64> {snn.param = "taps1"},
                       %bias1: tensor<f64> {snn.param = "bias1"},
                       %w2: tensor<48x48xf64> {snn.param = "w2"},
                       %taps2: tensor<24xf64> {snn.param = "taps2"},
                       %bias2: tensor<f64> {snn.param = "bias2"})
    -> (tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>) {
  %zero = arith.constant 0.0 : f64
  %b1 = tensor.extract %bias1[] : tensor<f64>
  %b2 = tensor.extract %bias2[] : tensor<f64>
  %threshold1 = arith.subf %zero, %b1 : f64
  %threshold2 = arith.subf %zero, %b2 : f64

  %i1 = snn.linear %x, %w1 : tensor<?x?x16xf64>, tensor<48x16xf64>
  %h1, %last1 = snn.temporal_conv %i1, %taps1
      : tensor<?x?x48xf64>, tensor<24xf64>
  %s1 = snn.fire %h1, %threshold1 : tensor<?x?x48xf64>, f64

  %i2 = snn.linear %s1, %w2 : tensor<?x?x48xi1>, tensor<48x48xf64>
  %h2, %last2 = snn.temporal_conv %i2, %taps2
      : tensor<?x?x48xf64>, tensor<24xf64>
  %s2 = snn.fire %h2, %threshold2 : tensor<?x?x48xf64>, f64
  return %s1, %s2, %h2
      : tensor<?x?x48xi1>, tensor<?x?x48xi1>, tensor<?x?x48xf64>
}
