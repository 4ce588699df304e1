// SRC-SNN with gated neurons (GLIF) in the shape for GSC: 40 mel bands, three layers of
// 128 neurons, span 4, and at most the 101 steps for which a conductance is learned.
//
// Source: Xu et al., ASRC-SNN: Adaptive Skip Recurrent Connection Spiking Neural
// Network, arXiv 2505.11455, as in its code, whose option the neurons of
// Yao et al., arXiv 2210.13768, are. With layer l and s(0) the input, the gates al, be
// and ga, the decay tau, the leak L, the reset r and the conductance g[t],
//
//   i[t] = weight s(l-1)[t] + bias + lateral s(l)[t - 4]
//   c[t] = i[t] (1 - be (1 - g[t])),   keep = 1 - al (1 - tau)
//   u[t] = keep u[t-1] - (1 - al) L + c[t]
//          - keep u[t-1] ga s[t-1] - (1 - ga) r s[t-1],   s[t] = [u[t] >= 1]
//   logits = sum over t of (readout s(3)[t] + bias)
//
// Every gate is the sigmoid of a parameter, one per neuron.

func.func private @sigmoid(%x: tensor<128xf32>) -> tensor<128xf32> {
  %one = arith.constant dense<1.0> : tensor<128xf32>
  %minus = arith.negf %x : tensor<128xf32>
  %power = math.exp %minus : tensor<128xf32>
  %divisor = arith.addf %one, %power : tensor<128xf32>
  %y = arith.divf %one, %divisor : tensor<128xf32>
  return %y : tensor<128xf32>
}

// A layer from its input current on: recurrence over the span, and the neurons.
func.func private @layer(
    %x: tensor<?x?x128xf32>, %lateral: tensor<128x128xf32> {snn.param = "lateral"},
    %alpha: tensor<128xf32> {snn.param = "alpha"},
    %beta: tensor<128xf32> {snn.param = "beta"},
    %gamma: tensor<128xf32> {snn.param = "gamma"},
    %tau: tensor<128xf32> {snn.param = "tau"},
    %leak: tensor<128xf32> {snn.param = "leak"},
    %reset: tensor<128xf32> {snn.param = "reset"},
    %g: tensor<101x128xf32> {snn.param = "g"}) -> tensor<?x?x128xi1> {
  %al = func.call @sigmoid(%alpha) : (tensor<128xf32>) -> tensor<128xf32>
  %be = func.call @sigmoid(%beta) : (tensor<128xf32>) -> tensor<128xf32>
  %ga = func.call @sigmoid(%gamma) : (tensor<128xf32>) -> tensor<128xf32>
  %start = arith.constant 0 : i64
  %s, %uT, %sT, %hT = snn.recurrent ins(%x : tensor<?x?x128xf32>) skip 4
      position(%start) {
  ^bb0(%xw: tensor<?x?x128xf32>, %fb: tensor<?x?x128xi1>, %u: tensor<?x128xf32>,
       %last: tensor<?x128xi1>, %at: i64):
    %r = snn.linear %fb, %lateral : tensor<?x?x128xi1>, tensor<128x128xf32>
    %i = arith.addf %xw, %r : tensor<?x?x128xf32>
    %z, %un, %zn = snn.neuron ins(%i : tensor<?x?x128xf32>)
        params(%al, %be, %ga, %tau, %leak, %reset
            : tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>,
              tensor<128xf32>, tensor<128xf32>)
        tables(%g : tensor<101x128xf32>)
        init(%u, %last : tensor<?x128xf32>, tensor<?x128xi1>) offset(%at) {
    ^bb1(%it: f32, %a: f32, %b: f32, %c: f32, %tau0: f32, %leak0: f32,
         %reset0: f32, %gt: f32, %u0: f32, %s0: i1):
      %one = arith.constant 1.0 : f32
      %shut = arith.subf %one, %gt : f32
      %part = arith.mulf %b, %shut : f32
      %open = arith.subf %one, %part : f32
      %current = arith.mulf %it, %open : f32

      %lost = arith.subf %one, %tau0 : f32
      %share = arith.mulf %a, %lost : f32
      %keep = arith.subf %one, %share : f32
      %kept = arith.mulf %keep, %u0 : f32
      %linear = arith.subf %one, %a : f32
      %drop = arith.mulf %linear, %leak0 : f32
      %decayed = arith.subf %kept, %drop : f32
      %free = arith.addf %decayed, %current : f32

      %times = arith.mulf %kept, %c : f32
      %rest = arith.subf %one, %c : f32
      %minus = arith.mulf %rest, %reset0 : f32
      %both = arith.addf %times, %minus : f32
      %lower = arith.subf %free, %both : f32
      %u1 = arith.select %s0, %lower, %free : f32
      %s1 = snn.fire %u1 {threshold = 1.0} : f32
      snn.yield %s1 : i1 state(%u1, %s1 : f32, i1)
    } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>, tensor<?x128xi1>)
    snn.yield %z : tensor<?x?x128xi1> feedback(%z : tensor<?x?x128xi1>)
        state(%un, %zn : tensor<?x128xf32>, tensor<?x128xi1>)
  } -> (tensor<?x?x128xi1>) state(tensor<?x128xf32>, tensor<?x128xi1>)
    history(tensor<4x?x128xi1>)
  return %s : tensor<?x?x128xi1>
}

func.func @src_glif(
    %x: tensor<?x?x40xf32>,
    %weight1: tensor<128x40xf32> {snn.param = "layer1.weight"},
    %bias1: tensor<128xf32> {snn.param = "layer1.bias"},
    %lateral1: tensor<128x128xf32> {snn.param = "layer1.lateral"},
    %alpha1: tensor<128xf32> {snn.param = "layer1.alpha"},
    %beta1: tensor<128xf32> {snn.param = "layer1.beta"},
    %gamma1: tensor<128xf32> {snn.param = "layer1.gamma"},
    %tau1: tensor<128xf32> {snn.param = "layer1.tau"},
    %leak1: tensor<128xf32> {snn.param = "layer1.leak"},
    %reset1: tensor<128xf32> {snn.param = "layer1.reset"},
    %g1: tensor<101x128xf32> {snn.param = "layer1.g"},
    %weight2: tensor<128x128xf32> {snn.param = "layer2.weight"},
    %bias2: tensor<128xf32> {snn.param = "layer2.bias"},
    %lateral2: tensor<128x128xf32> {snn.param = "layer2.lateral"},
    %alpha2: tensor<128xf32> {snn.param = "layer2.alpha"},
    %beta2: tensor<128xf32> {snn.param = "layer2.beta"},
    %gamma2: tensor<128xf32> {snn.param = "layer2.gamma"},
    %tau2: tensor<128xf32> {snn.param = "layer2.tau"},
    %leak2: tensor<128xf32> {snn.param = "layer2.leak"},
    %reset2: tensor<128xf32> {snn.param = "layer2.reset"},
    %g2: tensor<101x128xf32> {snn.param = "layer2.g"},
    %weight3: tensor<128x128xf32> {snn.param = "layer3.weight"},
    %bias3: tensor<128xf32> {snn.param = "layer3.bias"},
    %lateral3: tensor<128x128xf32> {snn.param = "layer3.lateral"},
    %alpha3: tensor<128xf32> {snn.param = "layer3.alpha"},
    %beta3: tensor<128xf32> {snn.param = "layer3.beta"},
    %gamma3: tensor<128xf32> {snn.param = "layer3.gamma"},
    %tau3: tensor<128xf32> {snn.param = "layer3.tau"},
    %leak3: tensor<128xf32> {snn.param = "layer3.leak"},
    %reset3: tensor<128xf32> {snn.param = "layer3.reset"},
    %g3: tensor<101x128xf32> {snn.param = "layer3.g"},
    %weight4: tensor<12x128xf32> {snn.param = "readout.weight"},
    %bias4: tensor<12xf32> {snn.param = "readout.bias"})
    -> (tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>,
        tensor<?x12xf32> {snn.static}) {
  %x1 = snn.linear %x, %weight1, %bias1
      : tensor<?x?x40xf32>, tensor<128x40xf32>, tensor<128xf32>
  %s1 = func.call @layer(%x1, %lateral1, %alpha1, %beta1, %gamma1, %tau1,
                         %leak1, %reset1, %g1)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<101x128xf32>)
      -> tensor<?x?x128xi1>
  %x2 = snn.linear %s1, %weight2, %bias2
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s2 = func.call @layer(%x2, %lateral2, %alpha2, %beta2, %gamma2, %tau2,
                         %leak2, %reset2, %g2)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<101x128xf32>)
      -> tensor<?x?x128xi1>
  %x3 = snn.linear %s2, %weight3, %bias3
      : tensor<?x?x128xi1>, tensor<128x128xf32>, tensor<128xf32>
  %s3 = func.call @layer(%x3, %lateral3, %alpha3, %beta3, %gamma3, %tau3,
                         %leak3, %reset3, %g3)
      : (tensor<?x?x128xf32>, tensor<128x128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>,
         tensor<101x128xf32>)
      -> tensor<?x?x128xi1>

  // The sum over time of the readout: an integrator without leak.
  %y = snn.linear %s3, %weight4, %bias4
      : tensor<?x?x128xi1>, tensor<12x128xf32>, tensor<12xf32>
  %sums, %logits = snn.li %y {decay = 1.0} : tensor<?x?x12xf32>
  return %s1, %s2, %s3, %logits
      : tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x?x128xi1>, tensor<?x12xf32>
}
