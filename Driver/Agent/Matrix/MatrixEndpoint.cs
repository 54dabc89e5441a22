using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Matrix;

/// <summary>A row and column of the matrix: a pod, or an address outside the cluster.</summary>
/// <param name="Name">"namespace/pod", or the address.</param>
/// <param name="Addresses">Its addresses, the primary one first; never empty.</param>
/// <param name="IsPod">False for an external address.</param>
internal sealed record MatrixEndpoint(string Name, ImmutableArray<IpAddr> Addresses, bool IsPod)
{
    /// <summary>
    /// The addresses that a connection between the two would use: the source's first family that both have; null where
    /// they share none, so that no packet between them can exist.
    /// </summary>
    public static (IpAddr Src, IpAddr Dst)? CommonFamily(MatrixEndpoint src, MatrixEndpoint dst)
    {
        foreach (IpAddr from in src.Addresses)
        {
            foreach (IpAddr to in dst.Addresses)
            {
                if (from.Family == to.Family)
                {
                    return (from, to);
                }
            }
        }

        return null;
    }
}
