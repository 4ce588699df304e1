// Spikes as bits: 40 neurons fill one word of 32 bits and a quarter of a second.
//
// Source: the packed layout of snnc; bit i of word w is neuron 32 w + i.

func.func @pack(%s: tensor<?x?x40xi1>)
    -> (tensor<?x?x2xi32>, tensor<?x?x40xi1>) {
  %words = snn.pack %s : tensor<?x?x40xi1>
  %spikes = snn.unpack %words {neurons = 40} : tensor<?x?x2xi32>
  return %words, %spikes : tensor<?x?x2xi32>, tensor<?x?x40xi1>
}
