// Sequential Fashion-MNIST: an image read one pixel per step (T = 784), by three
// layers of 64, 128 and 128 leaky neurons with skip recurrent connections.
//
// Source: trained by python/examples/train_src.py, whose inference form this is;
// weights in python/examples/fashion_src.safetensors. The network is SRC-SNN of
// arXiv 2505.11455: with the pixels as s(0), layer l is
//
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - 16]
//   u = 0.5 v[t-1] + i[t],   s(l)[t] = [u >= 1],   v[t] = u - s(l)[t]
//
// The readout is linear in the mean of s(3), so it is one product at the end.

#each = affine_map<(b, n) -> (b, n)>

func.func @fashion_src(
    %pixels: tensor<?x?x1xf32>,
    %weight1: tensor<64x1xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<64xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<64x64xf32> {snn.param = "layer1.lateral"},
    %weight2: tensor<128x64xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<128xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<128x128xf32> {snn.param = "layer2.lateral"},
    %weight3: tensor<128x128xf32> {snn.param = "layer3.weight"},
    %bias3: tensor<128xf32> {snn.param = "layer3.bias"},
    %lateral3: tensor<128x128xf32> {snn.param = "layer3.lateral"},
    %weight4: tensor<10x128xf32> {snn.param = "readout.weight"},
    %bias4: tensor<10xf32> {snn.param = "readout.bias"})
    -> (tensor<?x10xf32> {snn.static}) {

  // Layer 1.
  %x1 = snn.linear %pixels, %weight1, %bias1
      : tensor<?x?x1xf32>, tensor<64x1xf32>, tensor<64xf32>
  %s1, %v1, %h1 = snn.recurrent ins(%x1 : tensor<?x?x64xf32>) skip 16
      attributes {snn.layer = "hidden1"} {
  ^bb0(%xw: tensor<?x?x64xf32>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf32>):
    %r = snn.linear %fb, %lateral1 : tensor<?x?x64xi1>, tensor<64x64xf32>
    %i = arith.addf %xw, %r : tensor<?x?x64xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x64xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x64xf32>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%vn : tensor<?x64xf32>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf32>) history(tensor<16x?x64xi1>)

  // Layer 2.
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x64xi1>, tensor<128x64xf32>, tensor<128xf32>
  %s2, %v2, %h2 = snn.recurrent ins(%x2 : tensor<?x?x128xf32>) skip 16
      attributes {snn.layer = "hidden2"} {
  ^bb0(%xw: tensor<?x?x128xf32>, %fb: tensor<?x?x128xi1>, %v: tensor<?x128xf32>):
    %r = snn.linear %fb, %lateral2 : tensor<?x?x128xi1>, tensor<128x128xf32>
    %i = arith.addf %xw, %r : tensor<?x?x128xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x128xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x128xf32>
    snn.yield %z : tensor<?x?x128xi1> feedback(%z : tensor<?x?x128xi1>)
        state(%vn : tensor<?x128xf32>)
  } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>) history(tensor<16x?x128xi1>)

  // Layer 3.
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s3, %v3, %h3 = snn.recurrent ins(%x3 : tensor<?x?x128xf32>) skip 16
      attributes {snn.layer = "hidden3"} {
  ^bb0(%xw: tensor<?x?x128xf32>, %fb: tensor<?x?x128xi1>, %v: tensor<?x128xf32>):
    %r = snn.linear %fb, %lateral3 : tensor<?x?x128xi1>, tensor<128x128xf32>
    %i = arith.addf %xw, %r : tensor<?x?x128xf32>
    %z, %vn = snn.lif %i init(%v : tensor<?x128xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x128xf32>
    snn.yield %z : tensor<?x?x128xi1> feedback(%z : tensor<?x?x128xi1>)
        state(%vn : tensor<?x128xf32>)
  } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>) history(tensor<16x?x128xi1>)

  // The mean over time, causally: spikes and steps so far, carried as states.
  %spikes, %steps = snn.neuron ins(%s3 : tensor<?x?x128xi1>) {
  ^bb0(%s: i1, %spikes0: f32, %steps0: f32):
    %one = arith.constant 1.0 : f32
    %spike = arith.uitofp %s : i1 to f32
    %spikes1 = arith.addf %spikes0, %spike : f32
    %steps1 = arith.addf %steps0, %one : f32
    snn.yield state(%spikes1, %steps1 : f32, f32)
  } state(tensor<?x128xf32>, tensor<?x128xf32>)
  %mean = linalg.generic
      {indexing_maps = [#each, #each, #each],
       iterator_types = ["parallel", "parallel"]}
      ins(%spikes, %steps : tensor<?x128xf32>, tensor<?x128xf32>)
      outs(%spikes : tensor<?x128xf32>) {
  ^bb0(%sum: f32, %count: f32, %out: f32):
    %one = arith.constant 1.0 : f32
    %divisor = arith.maximumf %count, %one : f32 // 0 steps have the mean 0
    %ratio = arith.divf %sum, %divisor : f32
    linalg.yield %ratio : f32
  } -> tensor<?x128xf32>

  // The readout: one logit per class, valid after every step.
  %logits = snn.linear %mean, %weight4, %bias4
      : tensor<?x128xf32>, tensor<10x128xf32>, tensor<10xf32>
  return %logits : tensor<?x10xf32>
}
