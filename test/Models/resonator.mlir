// A resonator: a memory that turns and decays, read through its real part.
//
// Source: the resonate-and-fire neuron of Izhikevich (2001), and the complex
// diagonal state of the S4D family.
//
//   h[t] = (re + j im) h[t-1] + x[t],   y[t] = Re h[t]
//
// A complex scan has four results: the sequences of the real and the imaginary
// part, then the two final states.

func.func @resonator(%x: tensor<?x?x2xf32>,
                     %re: tensor<2xf32> {snn.param = "re"},
                     %im: tensor<2xf32> {snn.param = "im"})
    -> tensor<?x?x2xf32> {
  %h:4 = snn.scan complex (%x) by (%re, %im)
      : (tensor<?x?x2xf32>), (tensor<2xf32>, tensor<2xf32>)
  return %h#0 : tensor<?x?x2xf32>
}
