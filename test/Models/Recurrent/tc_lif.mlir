// TC-LIF with lateral matrices for images that are read pixel by pixel (S-MNIST): one
// input, layers of 64, 256 and 256 neurons of two compartments.
//
// Source: Zhang et al., TC-LIF: A Two-Compartment Spiking Neuron Model for Long-Term
// Sequential Modelling, arXiv 2308.13250, in the form of its code. Chosen here: a
// readout summed over time. With layer l and s(0) the input, b1 = -sigmoid(c1) and
// b2 = sigmoid(c2) learned per layer, 0.5 and 1 fixed:
//
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t-1]
//   d' = d[t-1] + b1 v[t-1] + i[t]
//   v' = v[t-1] + b2 d'                      the soma reads the new dendrite
//   s(l)[t] = [v' >= 1],   d[t] = d' - 0.5 s(l)[t],   v[t] = v' - s(l)[t]
//   logits = sum over t of (readout s(3)[t] + bias)

func.func private @sigmoid(%c: tensor<f32>) -> f32 {
  %one = arith.constant 1.0 : f32
  %value = tensor.extract %c[] : tensor<f32>
  %minus = arith.negf %value : f32
  %power = math.exp %minus : f32
  %divisor = arith.addf %one, %power : f32
  %y = arith.divf %one, %divisor : f32
  return %y : f32
}

// A layer from its input current on: recurrence over one step, and the neurons.
func.func private @layer64(
    %x: tensor<?x?x64xf32>, %lateral: tensor<64x64xf32> {snn.param = "lateral"},
    %c1: tensor<f32> {snn.param = "c1"}, %c2: tensor<f32> {snn.param = "c2"})
    -> tensor<?x?x64xi1> {
  %y1 = func.call @sigmoid(%c1) : (tensor<f32>) -> f32
  %beta2 = func.call @sigmoid(%c2) : (tensor<f32>) -> f32
  %beta1 = arith.negf %y1 : f32
  %s, %dT, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x64xf32>) skip 1 {
  ^bb0(%xw: tensor<?x?x64xf32>, %fb: tensor<?x?x64xi1>, %d: tensor<?x64xf32>,
       %v: tensor<?x64xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x64xi1>, tensor<64x64xf32>
    %i = arith.addf %xw, %r : tensor<?x?x64xf32>
    %z, %dn, %vn = snn.neuron ins(%i : tensor<?x?x64xf32>)
        params(%beta1, %beta2 : f32, f32)
        init(%d, %v : tensor<?x64xf32>, tensor<?x64xf32>) {
    ^bb1(%it: f32, %b1: f32, %b2: f32, %d0: f32, %v0: f32):
      %lost_d = arith.constant 0.5 : f32
      %lost_v = arith.constant 1.0 : f32
      %back = arith.mulf %b1, %v0 : f32
      %held = arith.addf %d0, %back : f32
      %d1 = arith.addf %held, %it : f32
      %forth = arith.mulf %b2, %d1 : f32
      %v1 = arith.addf %v0, %forth : f32
      %spike = snn.fire %v1 {threshold = 1.0} : f32
      // Both compartments are reset in the step of the spike.
      %d2 = arith.subf %d1, %lost_d : f32
      %v2 = arith.subf %v1, %lost_v : f32
      %next_d = arith.select %spike, %d2, %d1 : f32
      %next_v = arith.select %spike, %v2, %v1 : f32
      snn.yield %spike : i1 state(%next_d, %next_v : f32, f32)
    } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>, tensor<?x64xf32>)
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%dn, %vn : tensor<?x64xf32>, tensor<?x64xf32>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>, tensor<?x64xf32>)
    history(tensor<1x?x64xi1>)
  return %s : tensor<?x?x64xi1>
}

func.func private @layer256(
    %x: tensor<?x?x256xf32>, %lateral: tensor<256x256xf32> {snn.param = "lateral"},
    %c1: tensor<f32> {snn.param = "c1"}, %c2: tensor<f32> {snn.param = "c2"})
    -> tensor<?x?x256xi1> {
  %y1 = func.call @sigmoid(%c1) : (tensor<f32>) -> f32
  %beta2 = func.call @sigmoid(%c2) : (tensor<f32>) -> f32
  %beta1 = arith.negf %y1 : f32
  %s, %dT, %vT, %hT = snn.recurrent ins(%x : tensor<?x?x256xf32>) skip 1 {
  ^bb0(%xw: tensor<?x?x256xf32>, %fb: tensor<?x?x256xi1>, %d: tensor<?x256xf32>,
       %v: tensor<?x256xf32>):
    %r = snn.linear %fb, %lateral : tensor<?x?x256xi1>, tensor<256x256xf32>
    %i = arith.addf %xw, %r : tensor<?x?x256xf32>
    %z, %dn, %vn = snn.neuron ins(%i : tensor<?x?x256xf32>)
        params(%beta1, %beta2 : f32, f32)
        init(%d, %v : tensor<?x256xf32>, tensor<?x256xf32>) {
    ^bb1(%it: f32, %b1: f32, %b2: f32, %d0: f32, %v0: f32):
      %lost_d = arith.constant 0.5 : f32
      %lost_v = arith.constant 1.0 : f32
      %back = arith.mulf %b1, %v0 : f32
      %held = arith.addf %d0, %back : f32
      %d1 = arith.addf %held, %it : f32
      %forth = arith.mulf %b2, %d1 : f32
      %v1 = arith.addf %v0, %forth : f32
      %spike = snn.fire %v1 {threshold = 1.0} : f32
      // Both compartments are reset in the step of the spike.
      %d2 = arith.subf %d1, %lost_d : f32
      %v2 = arith.subf %v1, %lost_v : f32
      %next_d = arith.select %spike, %d2, %d1 : f32
      %next_v = arith.select %spike, %v2, %v1 : f32
      snn.yield %spike : i1 state(%next_d, %next_v : f32, f32)
    } -> (tensor<?x?x256xi1>) state(tensor<?x256xf32>, tensor<?x256xf32>)
    snn.yield %z : tensor<?x?x256xi1> feedback(%z : tensor<?x?x256xi1>)
        state(%dn, %vn : tensor<?x256xf32>, tensor<?x256xf32>)
  } -> (tensor<?x?x256xi1>) state(tensor<?x256xf32>, tensor<?x256xf32>)
    history(tensor<1x?x256xi1>)
  return %s : tensor<?x?x256xi1>
}

func.func @tc_lif(
    %x: tensor<?x?x1xf32>,
    %weight1: tensor<64x1xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<64xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<64x64xf32> {snn.param = "layer1.lateral"},
    %c1_1: tensor<f32> {snn.param = "layer1.c1"},
    %c2_1: tensor<f32> {snn.param = "layer1.c2"},
    %weight2: tensor<256x64xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<256xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<256x256xf32> {snn.param = "layer2.lateral"},
    %c1_2: tensor<f32> {snn.param = "layer2.c1"},
    %c2_2: tensor<f32> {snn.param = "layer2.c2"},
    %weight3: tensor<256x256xf32> {snn.param = "layer3.weight"},
    %bias3: tensor<256xf32> {snn.param = "layer3.bias"},
    %lateral3: tensor<256x256xf32> {snn.param = "layer3.lateral"},
    %c1_3: tensor<f32> {snn.param = "layer3.c1"},
    %c2_3: tensor<f32> {snn.param = "layer3.c2"},
    %weight4: tensor<10x256xf32> {snn.param = "readout.weight"},
    %bias4: tensor<10xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x64xi1>, tensor<?x?x256xi1>, tensor<?x?x256xi1>,
        tensor<?x10xf32> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x1xf32>, tensor<64x1xf32>, tensor<64xf32>
  %s1 = func.call @layer64(%x1, %lateral1, %c1_1, %c2_1)
      : (tensor<?x?x64xf32>, tensor<64x64xf32>, tensor<f32>, tensor<f32>)
      -> tensor<?x?x64xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x64xi1>, tensor<256x64xf32>, tensor<256xf32>
  %s2 = func.call @layer256(%x2, %lateral2, %c1_2, %c2_2)
      : (tensor<?x?x256xf32>, tensor<256x256xf32>, tensor<f32>, tensor<f32>)
      -> tensor<?x?x256xi1>
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x256xi1>, tensor<256x256xf32>, tensor<256xf32>
  %s3 = func.call @layer256(%x3, %lateral3, %c1_3, %c2_3)
      : (tensor<?x?x256xf32>, tensor<256x256xf32>, tensor<f32>, tensor<f32>)
      -> tensor<?x?x256xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s3, %weight4, %bias4
      : tensor<?x?x256xi1>, tensor<10x256xf32>, tensor<10xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x10xf32>
  return %s1, %s2, %s3, %logits
      : tensor<?x?x64xi1>, tensor<?x?x256xi1>, tensor<?x?x256xi1>, tensor<?x10xf32>
}
