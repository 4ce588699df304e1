// The gated LIF: three learned gates mix exponential with linear decay, a
// constant with a time-dependent conductance, and a multiplicative with a
// subtractive reset.
//
// Source: GLIF of Yao et al. (arXiv 2210.13768). With the gates al, be, ga, the
// decay tau, the leak L, the reset r and the conductance g[t], a learned table
// of one row per step:
//
//   c[t] = x[t] (1 - be (1 - g[t]))
//   keep = 1 - al (1 - tau)
//   u[t] = keep u[t-1] - (1 - al) L + c[t]
//          - keep u[t-1] ga s[t-1] - (1 - ga) r s[t-1]
//   s[t] = [u[t] >= 1]
//
// Every gate is the sigmoid of a parameter, one per neuron.

func.func @glif(%in: tensor<?x?x16xf64>,
                %w: tensor<64x16xf64> {snn.param = "w"},
                %alpha: tensor<64xf64> {snn.param = "alpha"},
                %beta: tensor<64xf64> {snn.param = "beta"},
                %gamma: tensor<64xf64> {snn.param = "gamma"},
                %tau: tensor<64xf64> {snn.param = "tau"},
                %leak: tensor<64xf64> {snn.param = "leak"},
                %reset: tensor<64xf64> {snn.param = "reset"},
                %g: tensor<256x64xf64> {snn.param = "g"})
    -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>) {
  %al = func.call @sigmoid(%alpha) : (tensor<64xf64>) -> tensor<64xf64>
  %be = func.call @sigmoid(%beta) : (tensor<64xf64>) -> tensor<64xf64>
  %ga = func.call @sigmoid(%gamma) : (tensor<64xf64>) -> tensor<64xf64>

  %x = snn.linear %in, %w : tensor<?x?x16xf64>, tensor<64x16xf64>
  %spikes, %potential, %uT, %sT = snn.neuron ins(%x : tensor<?x?x64xf64>)
      params(%al, %be, %ga, %tau, %leak, %reset
          : tensor<64xf64>, tensor<64xf64>, tensor<64xf64>, tensor<64xf64>,
            tensor<64xf64>, tensor<64xf64>)
      tables(%g : tensor<256x64xf64>) {
  ^bb0(%xt: f64, %a: f64, %b: f64, %c: f64, %tau0: f64, %leak0: f64,
       %reset0: f64, %gt: f64, %u0: f64, %last: i1):
    %one = arith.constant 1.0 : f64
    %shut = arith.subf %one, %gt : f64
    %part = arith.mulf %b, %shut : f64
    %open = arith.subf %one, %part : f64
    %current = arith.mulf %xt, %open : f64

    %lost = arith.subf %one, %tau0 : f64
    %share = arith.mulf %a, %lost : f64
    %keep = arith.subf %one, %share : f64
    %kept = arith.mulf %keep, %u0 : f64
    %linear = arith.subf %one, %a : f64
    %drop = arith.mulf %linear, %leak0 : f64
    %decayed = arith.subf %kept, %drop : f64
    %free = arith.addf %decayed, %current : f64

    %times = arith.mulf %kept, %c : f64
    %rest = arith.subf %one, %c : f64
    %minus = arith.mulf %rest, %reset0 : f64
    %both = arith.addf %times, %minus : f64
    %lower = arith.subf %free, %both : f64
    %u = arith.select %last, %lower, %free : f64
    %s = snn.fire %u {threshold = 1.0} : f64
    snn.yield %s, %u : i1, f64 state(%u, %s : f64, i1)
  } -> (tensor<?x?x64xi1>, tensor<?x?x64xf64>)
    state(tensor<?x64xf64>, tensor<?x64xi1>)
  return %spikes, %potential : tensor<?x?x64xi1>, tensor<?x?x64xf64>
}

func.func private @sigmoid(%x: tensor<64xf64>) -> tensor<64xf64> {
  %one = arith.constant dense<1.0> : tensor<64xf64>
  %minus = arith.negf %x : tensor<64xf64>
  %power = math.exp %minus : tensor<64xf64>
  %divisor = arith.addf %one, %power : tensor<64xf64>
  %y = arith.divf %one, %divisor : tensor<64xf64>
  return %y : tensor<64xf64>
}
