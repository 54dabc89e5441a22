using System.Collections.Immutable;

namespace NetPolNic.Agent.Live;

/// <summary>What was seen at one MTU.</summary>
/// <param name="Mtu">Bytes of the largest IP packet.</param>
/// <param name="Hosts">Rows and columns of the tables.</param>
/// <param name="Tables">The matrix.</param>
/// <param name="Steps">Every claim, the matrix's first.</param>
internal sealed record LiveChapter(
    int Mtu, ImmutableArray<LiveHost> Hosts, ImmutableArray<LiveTable> Tables, ImmutableArray<LiveStep> Steps)
{
    /// <summary>Whether every claim holds.</summary>
    public bool Agreed => Steps.All(step => step.Passed);
}
