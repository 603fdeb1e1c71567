/** Rewrites of a network's graph that ONNX Runtime need not look for when it makes a session. */

/**
 * Of language models, or done when our networks were exported: looking for them took a third of the
 * time until a session was there, and finds nothing; all our networks answer the same, bit by bit.
 * Where the list changes, the trimmed runtime is to be made anew (scripts/README.md).
 */
export const NEEDLESS_OPTIMISERS = (
  'TransposeOptimizer ConstantFolding ConstantFoldingDQ ConstantSharing ' +
  'CommonSubexpressionElimination AttentionFusion BiasDropoutFusion BiasGeluFusion ' +
  'BiasSkipLayerNormFusion BiasSoftmaxFusion DQMatMulNBitsFusion DoubleQDQPairsRemover ' +
  'DynamicQuantizeMatMulFusion EmbedLayerNormFusion FastGeluFusion ' +
  'FreeDimensionOverrideTransformer GatherSliceToSplitFusion GatherToSliceFusion ' +
  'GatherToSplitFusion GeluFusionL1 GeluFusionL2 GqaValueLayoutTransformer ' +
  'GroupQueryAttentionFusion GroupQueryAttentionPreNormFusion LayerNormFusionL1 ' +
  'LayerNormFusionL2 MatMulActivationFusion MatMulAddFusion MatMulIntegerToFloatFusion ' +
  'MatMulNBitsFusion MatMulNBitsMlpFusion MatMulNBitsQkvFusion MatMulScaleFusion ' +
  'MatmulTransposeFusion QuickGeluFusion ReshapeFusion SimplifiedLayerNormFusion ' +
  'SkipLayerNormFusion SliceConcatToSpaceToDepthFusion'
).replaceAll(' ', ';');
