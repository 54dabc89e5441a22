using Dpdk.Flow;
using NetPolNic.Agent.Packets;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>A packet of a scenario with what should become of it.</summary>
/// <param name="Tag">The last four bytes of the frame.</param>
/// <param name="Port">Index of the port that it is sent to: 0 the uplink, 1 the pods.</param>
/// <param name="To">Index of the port that its destination is behind.</param>
/// <param name="Packet">The packet.</param>
/// <param name="NicDrops">The plan says that the NIC drops it.</param>
/// <param name="Rule">The rule that decides in the NIC, or null: none matches.</param>
/// <param name="Allowed">The connection model lets it pass.</param>
internal sealed record SentFrame(
    uint Tag, int Port, int To, ProbePacket Packet, bool NicDrops, FlowSpec? Rule, bool Allowed)
{
    public override string ToString()
    {
        string rule = Rule is null ? "no rule" : KernelRule.TextOf(Rule);
        return $"port {Port}: {Packet}; in the NIC: {rule}; policy {(Allowed ? "allows" : "denies")} it";
    }
}
