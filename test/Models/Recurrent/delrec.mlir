// DelRec for spoken words as spikes (SSC): 140 inputs, each the spikes of five
// channels, and two recurrent layers of 256 neurons. The axon of each neuron has a
// delay of its own.
//
// Source: Queant et al., DelRec: learning delays in recurrent spiking neural networks,
// arXiv 2509.24852, after training: delays are whole. Chosen here: the leak and the
// soft reset of its neurons, the delays, and a readout summed over time. With layer l
// and s(0) the input, and d(l)[j] >= 0 the delay of its source j,
//
//   i[t, n] = (weight s(l-1)[t] + bias)[n]
//           + sum over j of lateral[n, j] s(l)[t - (1 + d(l)[j]), j]
//   u = 0.9 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//   logits = sum over t of (readout s(2)[t] + bias)
//
// A span below is 1 + d(l)[j]. The shortest of a layer is the window that needs no
// feedback of its own: 2 steps of 2 to 30, and 5 of 5 to 35.

func.func private @layer1(
    %x: tensor<?x?x256xf32>, %lateral: tensor<256x256xf32> {snn.param = "lateral"})
    -> tensor<?x?x256xi1> {
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x256xf32>)
      skip [2, 9, 16, 23, 30, 8, 15, 22, 29, 7, 14, 21, 28, 6, 13, 20, 27, 5,
            12, 19, 26, 4, 11, 18, 25, 3, 10, 17, 24, 2, 9, 16, 23, 30, 8, 15,
            22, 29, 7, 14, 21, 28, 6, 13, 20, 27, 5, 12, 19, 26, 4, 11, 18, 25,
            3, 10, 17, 24, 2, 9, 16, 23, 30, 8, 15, 22, 29, 7, 14, 21, 28, 6,
            13, 20, 27, 5, 12, 19, 26, 4, 11, 18, 25, 3, 10, 17, 24, 2, 9, 16,
            23, 30, 8, 15, 22, 29, 7, 14, 21, 28, 6, 13, 20, 27, 5, 12, 19, 26,
            4, 11, 18, 25, 3, 10, 17, 24, 2, 9, 16, 23, 30, 8, 15, 22, 29, 7,
            14, 21, 28, 6, 13, 20, 27, 5, 12, 19, 26, 4, 11, 18, 25, 3, 10, 17,
            24, 2, 9, 16, 23, 30, 8, 15, 22, 29, 7, 14, 21, 28, 6, 13, 20, 27,
            5, 12, 19, 26, 4, 11, 18, 25, 3, 10, 17, 24, 2, 9, 16, 23, 30, 8,
            15, 22, 29, 7, 14, 21, 28, 6, 13, 20, 27, 5, 12, 19, 26, 4, 11, 18,
            25, 3, 10, 17, 24, 2, 9, 16, 23, 30, 8, 15, 22, 29, 7, 14, 21, 28,
            6, 13, 20, 27, 5, 12, 19, 26, 4, 11, 18, 25, 3, 10, 17, 24, 2, 9,
            16, 23, 30, 8, 15, 22, 29, 7, 14, 21, 28, 6, 13, 20, 27, 5, 12, 19,
            26, 4, 11, 18] {
  ^bb0(%xw: tensor<?x?x256xf32>, %fb: tensor<?x?x256xi1>, %v: tensor<?x256xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x256xi1>, tensor<256x256xf32>
    %i = arith.addf %xw, %r : tensor<?x?x256xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x256xf32>)
        {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x256xf32>
    snn.yield %z : tensor<?x?x256xi1> feedback(%z : tensor<?x?x256xi1>)
        state(%vn : tensor<?x256xf32>)
  } -> (tensor<?x?x256xi1>) state(tensor<?x256xf32>) history(tensor<30x?x256xi1>)
  return %s : tensor<?x?x256xi1>
}

func.func private @layer2(
    %x: tensor<?x?x256xf32>, %lateral: tensor<256x256xf32> {snn.param = "lateral"})
    -> tensor<?x?x256xi1> {
  %s, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x256xf32>)
      skip [5, 16, 27, 7, 18, 29, 9, 20, 31, 11, 22, 33, 13, 24, 35, 15, 26, 6,
            17, 28, 8, 19, 30, 10, 21, 32, 12, 23, 34, 14, 25, 5, 16, 27, 7, 18,
            29, 9, 20, 31, 11, 22, 33, 13, 24, 35, 15, 26, 6, 17, 28, 8, 19, 30,
            10, 21, 32, 12, 23, 34, 14, 25, 5, 16, 27, 7, 18, 29, 9, 20, 31, 11,
            22, 33, 13, 24, 35, 15, 26, 6, 17, 28, 8, 19, 30, 10, 21, 32, 12,
            23, 34, 14, 25, 5, 16, 27, 7, 18, 29, 9, 20, 31, 11, 22, 33, 13, 24,
            35, 15, 26, 6, 17, 28, 8, 19, 30, 10, 21, 32, 12, 23, 34, 14, 25, 5,
            16, 27, 7, 18, 29, 9, 20, 31, 11, 22, 33, 13, 24, 35, 15, 26, 6, 17,
            28, 8, 19, 30, 10, 21, 32, 12, 23, 34, 14, 25, 5, 16, 27, 7, 18, 29,
            9, 20, 31, 11, 22, 33, 13, 24, 35, 15, 26, 6, 17, 28, 8, 19, 30, 10,
            21, 32, 12, 23, 34, 14, 25, 5, 16, 27, 7, 18, 29, 9, 20, 31, 11, 22,
            33, 13, 24, 35, 15, 26, 6, 17, 28, 8, 19, 30, 10, 21, 32, 12, 23,
            34, 14, 25, 5, 16, 27, 7, 18, 29, 9, 20, 31, 11, 22, 33, 13, 24, 35,
            15, 26, 6, 17, 28, 8, 19, 30, 10, 21, 32, 12, 23, 34, 14, 25, 5, 16,
            27, 7, 18, 29, 9, 20] {
  ^bb0(%xw: tensor<?x?x256xf32>, %fb: tensor<?x?x256xi1>, %v: tensor<?x256xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x256xi1>, tensor<256x256xf32>
    %i = arith.addf %xw, %r : tensor<?x?x256xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x256xf32>)
        {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x256xf32>
    snn.yield %z : tensor<?x?x256xi1> feedback(%z : tensor<?x?x256xi1>)
        state(%vn : tensor<?x256xf32>)
  } -> (tensor<?x?x256xi1>) state(tensor<?x256xf32>) history(tensor<35x?x256xi1>)
  return %s : tensor<?x?x256xi1>
}

func.func @delrec(
    %x: tensor<?x?x140xf32>,
    %weight1: tensor<256x140xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<256xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<256x256xf32> {snn.param = "layer1.lateral"},
    %weight2: tensor<256x256xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<256xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<256x256xf32> {snn.param = "layer2.lateral"},
    %weight3: tensor<35x256xf32> {snn.param = "readout.weight"},
    %bias3: tensor<35xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x256xi1>, tensor<?x?x256xi1>, tensor<?x35xf32> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x140xf32>, tensor<256x140xf32>, tensor<256xf32>
  %s1 = func.call @layer1(%x1, %lateral1)
      : (tensor<?x?x256xf32>, tensor<256x256xf32>) -> tensor<?x?x256xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x256xi1>, tensor<256x256xf32>, tensor<256xf32>
  %s2 = func.call @layer2(%x2, %lateral2)
      : (tensor<?x?x256xf32>, tensor<256x256xf32>) -> tensor<?x?x256xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x256xi1>, tensor<35x256xf32>, tensor<35xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x35xf32>
  return %s1, %s2, %logits
      : tensor<?x?x256xi1>, tensor<?x?x256xi1>, tensor<?x35xf32>
}
