// Sequential Fashion-MNIST: an image read one pixel per step (T = 784), by two
// layers of 256 resonators with a fixed refractory period of 4 steps.
//
// Source: trained by python/examples/train_fashion.py, whose inference form this
// is; weights in python/examples/fashion.safetensors. The gate is the fixed
// refractory period of arXiv 2504.17751. Each layer is
//
//   i = weight x + bias                   the synapse
//   h[t] = (re + j im) h[t-1] + i         the memory, a decaying rotation
//   c = [Re h >= 1]                       a candidate, without any reset
//   s = c, and no s in the last 4 steps   the refractory gate
//
// Nothing of it feeds back into the memory: only the gate looks at its own past.

#each = affine_map<(b, n) -> (b, n)>

func.func @fashion(
    %pixels: tensor<?x?x1xf32>,
    %weight1: tensor<256x1xf32> {snn.param = "hidden1.weight"},
    %bias1: tensor<256xf32> {snn.param = "hidden1.bias"},
    %re1: tensor<256xf32> {snn.param = "memory1.re"},
    %im1: tensor<256xf32> {snn.param = "memory1.im"},
    %weight2: tensor<256x256xf32> {snn.param = "hidden2.weight"},
    %bias2: tensor<256xf32> {snn.param = "hidden2.bias"},
    %re2: tensor<256xf32> {snn.param = "memory2.re"},
    %im2: tensor<256xf32> {snn.param = "memory2.im"},
    %weight3: tensor<10x256xf32> {snn.param = "readout.weight"},
    %bias3: tensor<10xf32> {snn.param = "readout.bias"})
    -> (tensor<?x10xf32> {snn.static}) {

  // Layer 1. A complex scan has four results: the sequences of the real and the
  // imaginary part, then the two final states.
  %i1 = snn.linear %pixels, %weight1, %bias1
      : tensor<?x?x1xf32>, tensor<256x1xf32>, tensor<256xf32>
  %h1:4 = snn.scan complex (%i1) by (%re1, %im1)
      : (tensor<?x?x256xf32>), (tensor<256xf32>, tensor<256xf32>)
  %c1 = snn.fire %h1#0 {threshold = 1.0} : tensor<?x?x256xf32>
  %s1, %wait1 = snn.refractory event 4 %c1 {snn.layer = "hidden1"}
      : tensor<?x?x256xi1>

  // Layer 2.
  %i2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x256xi1>, tensor<256x256xf32>, tensor<256xf32>
  %h2:4 = snn.scan complex (%i2) by (%re2, %im2)
      : (tensor<?x?x256xf32>), (tensor<256xf32>, tensor<256xf32>)
  %c2 = snn.fire %h2#0 {threshold = 1.0} : tensor<?x?x256xf32>
  %s2, %wait2 = snn.refractory event 4 %c2 {snn.layer = "hidden2"}
      : tensor<?x?x256xi1>

  // The mean over time, causally: spikes and steps so far, carried as states.
  %spikes, %steps = snn.neuron ins(%s2 : tensor<?x?x256xi1>) {
  ^bb0(%s: i1, %spikes0: f32, %steps0: f32):
    %one = arith.constant 1.0 : f32
    %spike = arith.uitofp %s : i1 to f32
    %spikes1 = arith.addf %spikes0, %spike : f32
    %steps1 = arith.addf %steps0, %one : f32
    snn.yield state(%spikes1, %steps1 : f32, f32)
  } state(tensor<?x256xf32>, tensor<?x256xf32>)
  %mean = linalg.generic
      {indexing_maps = [#each, #each, #each],
       iterator_types = ["parallel", "parallel"]}
      ins(%spikes, %steps : tensor<?x256xf32>, tensor<?x256xf32>)
      outs(%spikes : tensor<?x256xf32>) {
  ^bb0(%sum: f32, %count: f32, %out: f32):
    %one = arith.constant 1.0 : f32
    %divisor = arith.maximumf %count, %one : f32 // 0 steps have the mean 0
    %ratio = arith.divf %sum, %divisor : f32
    linalg.yield %ratio : f32
  } -> tensor<?x256xf32>

  // The readout: one logit per class, valid after every step.
  %logits = snn.linear %mean, %weight3, %bias3
      : tensor<?x256xf32>, tensor<10x256xf32>, tensor<10xf32>
  return %logits : tensor<?x10xf32>
}
