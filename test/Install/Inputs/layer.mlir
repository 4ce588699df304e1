func.func @layer(%x: tensor<?x?x3xf32>,
                 %w: tensor<4x3xf32> {snn.param = "weight"})
    -> tensor<?x?x4xi1> {
  %i = snn.linear %x, %w : tensor<?x?x3xf32>, tensor<4x3xf32>
  %s, %v = snn.lif %i {decay = 0.5, threshold = 1.0, reset = #snn.reset<none>}
      : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}
