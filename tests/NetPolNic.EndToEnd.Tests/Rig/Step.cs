using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// One random step of a sequence; what it does may depend on the packets before it (<see cref="PacketMaker"/>).
/// </summary>
/// <param name="Op">What is done; 0 is a policy change where the sequence has any.</param>
/// <param name="Probe">Ends, protocol and port of a fresh packet.</param>
/// <param name="Which">Chooses an earlier packet.</param>
/// <param name="Choice">Chooses everything else.</param>
internal sealed record Step(int Op, FlowProbe Probe, int Which, int Choice);
