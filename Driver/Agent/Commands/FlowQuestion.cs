using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Agent.Matrix;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Commands;

/// <summary>One connection that somebody asks about, its ends found among the objects.</summary>
/// <param name="Src">Who opens it.</param>
/// <param name="SrcAddr">With which address.</param>
/// <param name="Dst">To whom.</param>
/// <param name="DstAddr">To which address, of the same family.</param>
/// <param name="ProtoName">Upper case, as it was written.</param>
/// <param name="IpProto">IP protocol number.</param>
/// <param name="DstL4Port">Destination port, host order; 0 for protocols without ports.</param>
internal sealed record FlowQuestion(
    MatrixEndpoint Src,
    IpAddr SrcAddr,
    MatrixEndpoint Dst,
    IpAddr DstAddr,
    string ProtoName,
    byte IpProto,
    ushort DstL4Port)
{
    /// <summary>Finds both ends and checks that protocol and port fit.</summary>
    /// <param name="state">Where to look for pods.</param>
    /// <param name="from">"namespace/pod", or an address.</param>
    /// <param name="to">The same.</param>
    /// <param name="protocol">TCP, UDP, SCTP, ICMP, or a number.</param>
    /// <param name="port">Destination port, for protocols that have ports.</param>
    /// <param name="where">For messages: "of the manifests".</param>
    /// <exception cref="UnusableInputException">Something does not fit; the message says what.</exception>
    public static FlowQuestion Of(
        ClusterState state, string from, string to, string protocol, ushort? port, string where)
    {
        MatrixEndpoint src = EndpointOf(state, "--from", from, where);
        MatrixEndpoint dst = EndpointOf(state, "--to", to, where);
        (IpAddr srcAddr, IpAddr dstAddr) = MatrixEndpoint.CommonFamily(src, dst) ??
            throw new UnusableInputException($"{src.Name} and {dst.Name} share no address family");
        string protoName = protocol.ToUpperInvariant();
        byte ipProto = ProtocolOf(protoName, srcAddr.Family);
        return new FlowQuestion(src, srcAddr, dst, dstAddr, protoName, ipProto, PortOf(port, ipProto));
    }

    private static MatrixEndpoint EndpointOf(ClusterState state, string option, string text, string where)
    {
        if (IpAddr.TryParse(text, out IpAddr addr))
        {
            Pod? owner = state.Pods.FirstOrDefault(
                pod => !pod.Terminated && !pod.HostNetwork && pod.Addresses.Contains(addr));
            string name = owner is null ? addr.ToString() : $"{owner.Namespace}/{owner.Name}";
            return new MatrixEndpoint(name, [addr], owner is not null);
        }

        ImmutableArray<MatrixEndpoint> pods = MatrixEndpoints.Of(state, []);
        MatrixEndpoint? found = pods.FirstOrDefault(pod => pod.Name == text);
        if (found is not null)
        {
            return found;
        }

        if (state.Pods.Any(pod => $"{pod.Namespace}/{pod.Name}" == text))
        {
            throw new UnusableInputException($"{option}: the pod {text} has no address (yet, or any more)");
        }

        ImmutableArray<string> near =
            [.. pods.Select(pod => pod.Name).Where(name => name.EndsWith($"/{text.Split('/')[^1]}", StringComparison.Ordinal))];
        string hint = near.IsEmpty ? "" : $"; did you mean {string.Join(" or ", near)}?";
        throw new UnusableInputException($"{option}: '{text}' is neither an address nor a pod (namespace/pod) {where}{hint}");
    }

    private static byte ProtocolOf(string name, IpFamily family)
    {
        if (ProtoPort.TryParseProto(name, out L4Proto proto))
        {
            return (byte)proto;
        }

        if (name == "ICMP")
        {
            return family == IpFamily.V4 ? (byte)1 : (byte)58;
        }

        return byte.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            ? number
            : throw new UnusableInputException($"--protocol: '{name}' is not TCP, UDP, SCTP, ICMP or a number from 0 to 255");
    }

    private static ushort PortOf(ushort? port, byte ipProto)
    {
        bool hasPorts = ipProto is (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp;
        return (hasPorts, port) switch
        {
            (true, null) => throw new UnusableInputException("--port: TCP, UDP and SCTP need one"),
            (true, 0) => throw new UnusableInputException("--port: 0 is no port"),
            (false, not null) => throw new UnusableInputException("--port: only TCP, UDP and SCTP have ports"),
            _ => port ?? 0,
        };
    }
}
