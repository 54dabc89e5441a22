using System.Collections.Immutable;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Demo;

/// <summary>
/// A connection that policy allows, packet by packet: what opens it, its replies, what looks like a reply and is none, an
/// ICMP error about it, fragments. The connection oracle says what each must get.
/// </summary>
internal sealed class Conversation(EmulatedNode node, EmulatedHosts hosts, PolicyEvaluator evaluator)
{
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;

    private readonly ConnectionOracle _oracle = new(evaluator);

    /// <summary>Plays the conversation of the first allowed, isolated pair; empty where there is none.</summary>
    public ImmutableArray<ConversationStep> Run(
        ImmutableArray<MatrixEndpoint> endpoints, ImmutableArray<ProtoPort> ports)
    {
        node.ForgetConnections();
        return Choose(endpoints, ports) is var (client, server, packet)
            ? Play(client, server, endpoints, packet)
            : [];
    }

    private (int Client, int Server, ProbePacket Syn)? Choose(
        ImmutableArray<MatrixEndpoint> endpoints, ImmutableArray<ProtoPort> ports)
    {
        foreach (ProtoPort port in ports.Where(port => port.Proto == L4Proto.Tcp))
        {
            for (int src = 0; src < endpoints.Length; src++)
            {
                for (int dst = 0; dst < endpoints.Length; dst++)
                {
                    if (src != dst && MatrixEndpoint.CommonFamily(endpoints[src], endpoints[dst]) is { } pair &&
                        evaluator.Evaluate(pair.Src, pair.Dst, (byte)port.Proto, port.L4Port) is
                        { Combined: Verdict.Allow, Ingress.Reason: DecisionReason.AllowedByRule })
                    {
                        return (src, dst, ProbePacket.First(pair.Src, pair.Dst, (byte)port.Proto, port.L4Port));
                    }
                }
            }
        }

        return null;
    }

    private ImmutableArray<ConversationStep> Play(
        int client, int server, ImmutableArray<MatrixEndpoint> endpoints, ProbePacket syn)
    {
        string from = endpoints[client].Name;
        string to = endpoints[server].Name;
        byte icmp = (byte)(syn.Src.Family == IpFamily.V4 ? 1 : 58);
        byte unreachable = (byte)(syn.Src.Family == IpFamily.V4 ? 3 : 1);
        ProbePacket reply = syn.Reversed() with { TcpFlags = SynAck };
        ProbePacket error = new(syn.Dst, syn.Src, icmp) { IcmpType = unreachable, Embedded = syn };
        ProbePacket strayError = error with { Embedded = syn with { SrcL4Port = 4242, DstL4Port = 4243 } };
        FragmentInfo first = new(77, 0, More: true);
        FragmentInfo later = new(77, 3, More: false);
        FragmentInfo orphan = new(78, 3, More: false);
        return
        [
            Step(server, client, $"{to} answers {from} before there is a connection", reply),
            Step(client, server, $"{from} opens {to}:{syn.DstL4Port} (SYN)", syn),
            Step(server, client, $"{to} replies (SYN-ACK)", reply),
            Step(client, server, $"{from} goes on (ACK)", syn with { TcpFlags = Ack }),
            Step(server, client, $"{to} opens a connection of its own the same way back (SYN)", syn.Reversed()),
            Step(server, client, $"{to} reports an error about the connection (ICMP)", error),
            Step(server, client, $"{to} reports an error about another, unknown one (ICMP)", strayError),
            Step(client, server, $"{from} sends a first fragment", syn with { TcpFlags = Ack, Fragment = first }),
            Step(client, server, $"{from} sends the rest of it", syn with { TcpFlags = Ack, Fragment = later }),
            Step(client, server, $"{from} sends a fragment whose first was never seen", syn with { TcpFlags = Ack, Fragment = orphan }),
        ];
    }

    private ConversationStep Step(int src, int dst, string description, ProbePacket packet)
    {
        SendResult result = hosts.Send(src, dst, packet);
        Verdict expected = _oracle.Decide(packet.ToAbstract());
        return new ConversationStep(
            description, result.IsAllowed, result.Place, result.IsAllowed == (expected == Verdict.Allow));
    }
}
