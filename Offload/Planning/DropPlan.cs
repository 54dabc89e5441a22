using NetPolNic.Offload.Lowering;

namespace NetPolNic.Offload.Planning;

/// <summary>A region to drop, and what must be punted before.</summary>
internal sealed record DropPlan(FlowMatch Region, CoverSet Covers);
