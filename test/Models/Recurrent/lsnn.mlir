// LSNN: a recurrent network of which some neurons have a threshold that their own
// spikes raise. The size for S-MNIST: 80 input trains, 220 neurons.
//
// Source: Bellec et al., Long short-term memory and learning-to-learn in networks of
// spiking neurons, arXiv 1803.09574, without its refractory period. A neuron with beta
// = 0 has the fixed threshold (120 of 220 there); the others adapt:
//
//   i[t] = weight x[t] + lateral s[t-1]
//   a[t] = rho a[t-1] + (1 - rho) s[t-1],   theta[t] = 0.01 + beta a[t]
//   u[t] = alpha v[t-1] + (1 - alpha) i[t]
//   s[t] = [u[t] >= theta[t]],   v[t] = u[t] - theta[t] s[t]
//   y[t] = 0.95 y[t-1] + readout s[t]

func.func @lsnn(%x: tensor<?x?x80xi1>,
                %weight: tensor<220x80xf32> {snn.param = "weight"},
                %lateral: tensor<220x220xf32> {snn.param = "lateral"},
                %alphas: tensor<220xf32> {snn.param = "alpha"},
                %rhos: tensor<220xf32> {snn.param = "rho"},
                %betas: tensor<220xf32> {snn.param = "beta"},
                %readout: tensor<10x220xf32> {snn.param = "readout"})
    -> (tensor<?x?x220xi1>, tensor<?x?x10xf32>) {
  %i = snn.linear %x, %weight : tensor<?x?x80xi1>, tensor<220x80xf32>
  %s, %vT, %aT, %sT, %hT = snn.recurrent ins(%i : tensor<?x?x220xf32>) skip 1 {
  ^bb0(%iw: tensor<?x?x220xf32>, %fb: tensor<?x?x220xi1>, %v: tensor<?x220xf32>,
       %a: tensor<?x220xf32>, %last: tensor<?x220xi1>):
    %r = snn.linear %fb, %lateral : tensor<?x?x220xi1>, tensor<220x220xf32>
    %sum = arith.addf %iw, %r : tensor<?x?x220xf32>
    %z, %vn, %an, %zn = snn.neuron ins(%sum : tensor<?x?x220xf32>)
        params(%alphas, %rhos, %betas
            : tensor<220xf32>, tensor<220xf32>, tensor<220xf32>)
        init(%v, %a, %last : tensor<?x220xf32>, tensor<?x220xf32>, tensor<?x220xi1>) {
    ^bb1(%it: f32, %alpha: f32, %rho: f32, %beta: f32, %v0: f32, %a0: f32, %s0: i1):
      %one = arith.constant 1.0 : f32
      %base = arith.constant 0.01 : f32
      %fired = arith.uitofp %s0 : i1 to f32
      %rest = arith.subf %one, %rho : f32
      %old = arith.mulf %rho, %a0 : f32
      %new = arith.mulf %rest, %fired : f32
      %a1 = arith.addf %old, %new : f32
      %raised = arith.mulf %beta, %a1 : f32
      %theta = arith.addf %base, %raised : f32
      %share = arith.subf %one, %alpha : f32
      %left = arith.mulf %alpha, %v0 : f32
      %input = arith.mulf %share, %it : f32
      %u = arith.addf %left, %input : f32
      %spike = snn.fire %u, %theta : f32
      %lower = arith.subf %u, %theta : f32
      %v1 = arith.select %spike, %lower, %u : f32
      snn.yield %spike : i1 state(%v1, %a1, %spike : f32, f32, i1)
    } -> (tensor<?x?x220xi1>)
      state(tensor<?x220xf32>, tensor<?x220xf32>, tensor<?x220xi1>)
    snn.yield %z : tensor<?x?x220xi1> feedback(%z : tensor<?x?x220xi1>)
        state(%vn, %an, %zn : tensor<?x220xf32>, tensor<?x220xf32>, tensor<?x220xi1>)
  } -> (tensor<?x?x220xi1>)
    state(tensor<?x220xf32>, tensor<?x220xf32>, tensor<?x220xi1>)
    history(tensor<1x?x220xi1>)
  %out = snn.linear %s, %readout : tensor<?x?x220xi1>, tensor<10x220xf32>
  %y, %yT = snn.li %out {decay = 0.95} : tensor<?x?x10xf32>
  return %s, %y : tensor<?x?x220xi1>, tensor<?x?x10xf32>
}
