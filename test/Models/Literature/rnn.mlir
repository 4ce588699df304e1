// A dense tanh RNN: every unit hears every unit of one step ago, and no part of
// it is linear in time. Nothing here runs in parallel over time.
//
// Source: Jarne and Laje, arXiv 1906.01094, whose recurrent networks of rate units
// are of this form; W is orthogonal at the start, as in SRC-SNN:
//
//   h[t] = tanh(U x[t] + b + W h[t-1]),   y[t] = V h[t]

func.func @rnn(%x: tensor<?x?x16xf64>,
               %u: tensor<64x16xf64> {snn.param = "u"},
               %b: tensor<64xf64> {snn.param = "b"},
               %w: tensor<64x64xf64> {snn.param = "w"},
               %v: tensor<4x64xf64> {snn.param = "v"})
    -> (tensor<?x?x64xf64>, tensor<?x?x4xf64>) {
  %i = snn.linear %x, %u, %b
      : tensor<?x?x16xf64>, tensor<64x16xf64>, tensor<64xf64>
  %h, %hT = snn.recurrent ins(%i : tensor<?x?x64xf64>) skip 1 {
  ^bb0(%iw: tensor<?x?x64xf64>, %h0: tensor<?x?x64xf64>):
    %r = snn.linear %h0, %w : tensor<?x?x64xf64>, tensor<64x64xf64>
    %sum = arith.addf %iw, %r : tensor<?x?x64xf64>
    %h1 = math.tanh %sum : tensor<?x?x64xf64>
    snn.yield %h1 : tensor<?x?x64xf64> feedback(%h1 : tensor<?x?x64xf64>)
  } -> (tensor<?x?x64xf64>) history(tensor<1x?x64xf64>)
  %y = snn.linear %h, %v : tensor<?x?x64xf64>, tensor<4x64xf64>
  return %h, %y : tensor<?x?x64xf64>, tensor<?x?x4xf64>
}
