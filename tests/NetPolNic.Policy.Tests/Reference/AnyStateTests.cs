using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests.Reference;

/// <summary>
/// What is said to hold in any state holds in every state that a random history leads to, and is not said too rarely.
/// </summary>
public sealed class AnyStateTests
{
    private static readonly Gen<(ClusterState Old, ClusterState New)> s_states =
        Gen.Select(ClusterGen.StateWithDefects, ClusterGen.StateWithDefects, (a, b) => (a, b));

    [Fact]
    public void Verdicts_of_any_state_hold_after_every_history()
    {
        Gen.Select(s_states, PacketGen.Conversation, PacketGen.Conversation, ClusterGen.Mode, ClusterGen.Node, Gen.Bool)
            .Sample(
                (states, before, after, mode, node, keep) =>
                {
                    EstablishedMode established = keep ? EstablishedMode.Keep : EstablishedMode.Cut;
                    ConnectionOracle oracle = new(new PolicyEvaluator(states.Old, mode), established, node);
                    AbstractPacket[] relabelled = [.. before.Select(p => Between(p, after[0]))];
                    Array.ForEach(relabelled, p => oracle.Decide(p));
                    oracle.OnPolicyChange(new PolicyEvaluator(states.New, mode));
                    foreach (AbstractPacket packet in after.Select(p => p with { TimeSec = p.TimeSec + 15 }))
                    {
                        bool denied = oracle.DeniedInAnyState(packet);

                        // With Keep a first fragment's verdict outlives its policy.
                        bool remembers = keep && packet.Fragment is { IsLater: true };
                        bool allowed = !remembers && oracle.AllowedInAnyState(packet);
                        Verdict verdict = oracle.Decide(packet);
                        Assert.False(denied && verdict == Verdict.Allow, $"passed: {packet}");
                        Assert.False(allowed && verdict == Verdict.Deny, $"dropped: {packet}");
                    }
                },
                print: t => $"{t.Item4} node {t.Item5} keep {t.Item6}\nOLD\n{ClusterYaml.Write(t.Item1.Old)}\nNEW\n" +
                    $"{ClusterYaml.Write(t.Item1.New)}\n{string.Join("\n", t.Item2.Concat(t.Item3))}",
                iter: 3000);
    }

    [Fact]
    public void What_is_not_always_denied_passes_in_some_state()
    {
        Gen.Select(ClusterGen.State, PacketGen.Packet, ClusterGen.Mode).Sample(
            (state, packet, mode) =>
            {
                PolicyEvaluator policy = new(state, mode);
                if (!packet.IsIcmp && !new ConnectionOracle(policy).DeniedInAnyState(packet))
                {
                    Assert.Contains(Preludes(packet), prelude =>
                    {
                        ConnectionOracle oracle = new(policy);
                        Array.ForEach(prelude, p => oracle.Decide(p));
                        return oracle.Decide(packet) == Verdict.Allow;
                    });
                }
            },
            print: t => $"{t.Item3}\n{ClusterYaml.Write(t.Item1)}\n{t.Item2}",
            iter: 2000);
    }

    /// <summary>
    /// Histories of which one lets the packet pass if any does: nothing, what it replies to, its first fragment.
    /// </summary>
    private static IEnumerable<AbstractPacket[]> Preludes(AbstractPacket packet)
    {
        AbstractPacket reversed = packet with
        {
            Src = packet.Dst,
            Dst = packet.Src,
            SrcL4Port = packet.DstL4Port,
            DstL4Port = packet.SrcL4Port,
            TcpFlags = 0x02,
            Fragment = null,
        };
        yield return [];
        yield return [reversed];
        if (packet.Fragment is { IsLater: true } fragment)
        {
            AbstractPacket first = packet with { Fragment = fragment with { Offset = 0, More = true }, TcpFlags = 0x10 };
            foreach (ushort number in Universe.Numbers.Concat([(ushort)8079, (ushort)9000]))
            {
                yield return [first with { DstL4Port = number }];
                yield return [reversed with { DstL4Port = number }, first with { SrcL4Port = number }];
            }
        }
    }

    /// <summary>The packet, between the ends of another one and in the direction that it had.</summary>
    private static AbstractPacket Between(AbstractPacket packet, AbstractPacket ends)
    {
        if (packet.Src.Family != ends.Src.Family)
        {
            return ends with { TimeSec = packet.TimeSec, TcpFlags = packet.TcpFlags };
        }

        bool forward = packet.TimeSec % 2 == 0;
        return packet with { Src = forward ? ends.Src : ends.Dst, Dst = forward ? ends.Dst : ends.Src };
    }
}
