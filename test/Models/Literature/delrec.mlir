// DelRec: a recurrent layer in which the axon of each neuron has a delay of its
// own.
//
// Source: Queant et al., DelRec: learning delays in recurrent spiking neural
// networks, arXiv 2509.24852, after training: delays are whole. Chosen here: the
// leak and the soft reset of its neurons. With d[j] in 1 to 13, one for each
// source j,
//
//   i[t, n] = (weight x[t] + bias)[n]
//           + sum over j of lateral[n, j] s[t - (1 + d[j]), j]
//   u = 0.9 v[t-1] + i[t],   s[t] = [u >= 1],   v[t] = u - s[t]
//
// A span below is 1 + d[j]; the shortest, 2, is the window that needs no feedback
// of its own.

func.func @delrec(%x: tensor<?x?x16xf64>,
                  %weight: tensor<64x16xf64> {snn.param = "weight"},
                  %bias: tensor<64xf64> {snn.param = "bias"},
                  %lateral: tensor<64x64xf64> {snn.param = "lateral"})
    -> tensor<?x?x64xi1> {
  %i = snn.linear %x, %weight, %bias
      : tensor<?x?x16xf64>, tensor<64x16xf64>, tensor<64xf64>
  %s, %vT, %hT = snn.recurrent ins(%i : tensor<?x?x64xf64>)
      skip [2, 7, 12, 4, 9, 14, 6, 11, 3, 8, 13, 5, 10, 2, 7, 12, 4, 9, 14, 6, 11,
           3, 8, 13, 5, 10, 2, 7, 12, 4, 9, 14, 6, 11, 3, 8, 13, 5, 10, 2, 7, 12,
           4, 9, 14, 6, 11, 3, 8, 13, 5, 10, 2, 7, 12, 4, 9, 14, 6, 11, 3, 8, 13,
           5] {
  ^bb0(%iw: tensor<?x?x64xf64>, %fb: tensor<?x?x64xi1>, %v: tensor<?x64xf64>):
    %r = snn.linear %fb, %lateral : tensor<?x?x64xi1>, tensor<64x64xf64>
    %sum = arith.addf %iw, %r : tensor<?x?x64xf64>
    %z, %v1 = snn.lif %sum init(%v : tensor<?x64xf64>)
        {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>,
         snn.layer = "hidden"} : tensor<?x?x64xf64>
    snn.yield %z : tensor<?x?x64xi1> feedback(%z : tensor<?x?x64xi1>)
        state(%v1 : tensor<?x64xf64>)
  } -> (tensor<?x?x64xi1>) state(tensor<?x64xf64>) history(tensor<14x?x64xi1>)
  return %s : tensor<?x?x64xi1>
}
