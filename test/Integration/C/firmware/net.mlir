// Two layers: 16 sensors, 64 neurons, 8 neurons.
func.func @net(%x: tensor<?x?x16xf32>,
               %w1: tensor<64x16xf32> {snn.param = "fc1.weight"},
               %w2: tensor<8x64xf32> {snn.param = "fc2.weight"})
    -> tensor<?x?x8xi1> {
  %i1 = snn.linear %x, %w1 : tensor<?x?x16xf32>, tensor<64x16xf32>
  %h, %v1 = snn.lif %i1 {decay = 0.9, threshold = 1.0} : tensor<?x?x64xf32>
  %i2 = snn.linear %h, %w2 : tensor<?x?x64xi1>, tensor<8x64xf32>
  %s, %v2 = snn.lif %i2 {decay = 0.8, threshold = 1.0, reset = #snn.reset<subtract>}
      : tensor<?x?x8xf32>
  return %s : tensor<?x?x8xi1>
}
