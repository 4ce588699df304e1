// SRC-SNN for spoken words (GSC): 40 mel bands, 101 steps, three layers of 128 neurons,
// span 4.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code. With layer l and s(0) the input,
//
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - 4]
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(3)[t] + bias)

// A layer from its input current on: recurrence over the span, and the neurons.
func.func private @layer(
    %x: tensor<?x?x128xf32>, %lateral: tensor<128x128xf32> {snn.param = "lateral"})
    -> tensor<?x?x128xi1> {
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x128xf32>) skip 4 {
  ^bb0(%xw: tensor<?x?x128xf32>, %fb: tensor<?x?x128xi1>, %v: tensor<?x128xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x128xi1>, tensor<128x128xf32>
    %i = arith.addf %xw, %r : tensor<?x?x128xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x128xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x128xf32>
    snn.yield %z : tensor<?x?x128xi1> feedback(%z : tensor<?x?x128xi1>)
        state(%vn : tensor<?x128xf32>)
  } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>) history(tensor<4x?x128xi1>)
  return %s : tensor<?x?x128xi1>
}

func.func @src_gsc(
    %x: tensor<?x?x40xf32>,
    %weight1: tensor<128x40xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<128xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<128x128xf32> {snn.param = "layer1.lateral"},
    %weight2: tensor<128x128xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<128xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<128x128xf32> {snn.param = "layer2.lateral"},
    %weight3: tensor<128x128xf32> {snn.param = "layer3.weight"},
    %bias3: tensor<128xf32> {snn.param = "layer3.bias"},
    %lateral3: tensor<128x128xf32> {snn.param = "layer3.lateral"},
    %weight4: tensor<12x128xf32> {snn.param = "readout.weight"},
    %bias4: tensor<12xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>,
        tensor<?x12xf32> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf32>, tensor<128x40xf32>, tensor<128xf32>
  %s1 = func.call @layer(%x1, %lateral1)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>) -> tensor<?x?x128xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s2 = func.call @layer(%x2, %lateral2)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>) -> tensor<?x?x128xi1>
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s3 = func.call @layer(%x3, %lateral3)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>) -> tensor<?x?x128xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s3, %weight4, %bias4
      : tensor<?x?x128xi1>, tensor<12x128xf32>, tensor<12xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf32>
  return %s1, %s2, %s3, %logits
      : tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>,
        tensor<?x12xf32>
}
