// A dense tanh RNN: every unit hears every unit of one step ago, and no part of
// it is linear in time. Nothing here runs in parallel over time.
//
// Source: Jarne and Laje, arXiv 1906.01094, whose recurrent networks of rate units
// are of this form; W is orthogonal at the start, as in SRC-SNN:
//
//   h[t] = tanh(U x[t] + b + W h[t-1]),   y[t] = V h[t]

func.func @rnn(%x: tensor<?x?x28xf32>,
               %u: tensor<128x28xf32> {snn.param = "u"},
               %b: tensor<128xf32> {snn.param = "b"},
               %w: tensor<128x128xf32> {snn.param = "w"},
               %v: tensor<10x128xf32> {snn.param = "v"})
    -> (tensor<?x?x128xf32>, tensor<?x?x10xf32>) {
  %i = snn.linear %x, %u, %b
      : tensor<?x?x28xf32>, tensor<128x28xf32>, tensor<128xf32>
  %h, %hT = snn.recurrent ins(%i : tensor<?x?x128xf32>) skip 1 {
  ^bb0(%iw: tensor<?x?x128xf32>, %h0: tensor<?x?x128xf32>):
    %r = snn.linear %h0, %w : tensor<?x?x128xf32>, tensor<128x128xf32>
    %sum = arith.addf %iw, %r : tensor<?x?x128xf32>
    %h1 = math.tanh %sum : tensor<?x?x128xf32>
    snn.yield %h1 : tensor<?x?x128xf32> feedback(%h1 : tensor<?x?x128xf32>)
  } -> (tensor<?x?x128xf32>) history(tensor<1x?x128xf32>)
  %y = snn.linear %h, %v : tensor<?x?x128xf32>, tensor<10x128xf32>
  return %h, %y : tensor<?x?x128xf32>, tensor<?x?x10xf32>
}
