// Skip recurrence: a layer hears its own spikes of two steps ago.
//
// Source: SRC-SNN, arXiv 2505.11455: decay 0.5, threshold 1, soft reset.
//
//   i[t] = x[t] + w s[t-2]
//   u = 0.5 v[t-1] + i[t],   s[t] = [u >= 1],   v[t] = u - s[t]
//
// The body is a program on a window of one or two steps: as long as nothing in
// a window needs the spikes of that window, the product with w is one product.

func.func @src(%x: tensor<?x?x8xf32>, %w: tensor<8x8xf32> {snn.param = "w"})
    -> tensor<?x?x8xi1> {
  %spikes, %vT, %history = snn.recurrent ins(%x : tensor<?x?x8xf32>) skip 2 {
  ^bb0(%xw: tensor<?x?x8xf32>, %fb: tensor<?x?x8xi1>, %v: tensor<?x8xf32>):
    %r = snn.linear %fb, %w : tensor<?x?x8xi1>, tensor<8x8xf32>
    %i = arith.addf %xw, %r : tensor<?x?x8xf32>
    %z, %v1 = snn.lif %i init(%v : tensor<?x8xf32>)
        {decay = 0.5, threshold = 1.0, reset = #snn.reset<subtract>}
        : tensor<?x?x8xf32>
    snn.yield %z : tensor<?x?x8xi1> feedback(%z : tensor<?x?x8xi1>)
        state(%v1 : tensor<?x8xf32>)
  } -> (tensor<?x?x8xi1>) state(tensor<?x8xf32>) history(tensor<2x?x8xi1>)
  return %spikes : tensor<?x?x8xi1>
}
