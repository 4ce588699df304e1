// A rate code: an intensity in [0, 1] is the probability of a spike per step.
//
// Source: Bernoulli (often called Poisson) coding of images, as in snnTorch's
// spikegen.rate; the generator is Philox of Salmon et al., SC 2011, so that a
// number depends on seed, id, step, batch and neuron alone.

func.func @sample(%p: tensor<?x?x3xf32>) -> tensor<?x?x3xi1> {
  %spikes = snn.sample %p {seed = 1, id = 0} : tensor<?x?x3xf32>
  return %spikes : tensor<?x?x3xi1>
}
