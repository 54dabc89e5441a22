using System.Net;
using System.Net.Sockets;
using NetPolNic.Agent.Matrix;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>A pod, or all that is outside the cluster: a namespace with one interface and the kernel's own stack.</summary>
/// <param name="Endpoint">Its row in the matrix.</param>
/// <param name="Namespace">Where it lives; several outside addresses share one.</param>
/// <param name="Reflected">Behind the port that several pods share.</param>
internal sealed record LiveHost(MatrixEndpoint Endpoint, NetNamespace Namespace, bool Reflected)
{
    /// <summary>"namespace/pod", or an address.</summary>
    public string Name => Endpoint.Name;

    /// <summary>Its address of a family, or null.</summary>
    public IPAddress? AddressOf(IpFamily family)
    {
        foreach (IpAddr addr in Endpoint.Addresses)
        {
            if (addr.Family == family)
            {
                return IPAddress.Parse(addr.ToString());
            }
        }

        return null;
    }

    /// <summary>A socket inside, bound to the host's own address of that family.</summary>
    /// <param name="family">Which address.</param>
    /// <param name="type">Stream, datagram or raw.</param>
    /// <param name="protocol">Of the socket; 132 (SCTP) is made past .NET.</param>
    /// <param name="l4Port">Local port, 0 for any.</param>
    /// <exception cref="LiveException">The kernel has no such socket.</exception>
    public Socket Open(IpFamily family, SocketType type, ProtocolType protocol, int l4Port = 0)
    {
        bool v6 = family == IpFamily.V6;
        IPAddress local = AddressOf(family) ?? throw new LiveException($"{Name} has no {family} address");
        return Namespace.Run(() =>
        {
            Socket socket = (int)protocol == (int)L4Proto.Sctp
                ? LinuxNet.OpenSctp(v6) ?? throw new LiveException("the kernel has no SCTP")
                : new Socket(v6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, type, protocol);
            try
            {
                if (type == SocketType.Stream && l4Port != 0)
                {
                    socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                }

                socket.Bind(new IPEndPoint(local, l4Port));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                throw;
            }
        });
    }
}
