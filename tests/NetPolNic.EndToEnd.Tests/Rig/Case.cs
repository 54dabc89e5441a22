using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>A cluster, what it changes to, a NIC and a sequence of packets and changes.</summary>
/// <param name="Profile">Name of the NIC profile.</param>
/// <param name="State">The cluster at the start.</param>
/// <param name="Other">Gives the labels, named ports, namespaces and policies of the changed cluster.</param>
/// <param name="Mode">What isolates.</param>
/// <param name="Node">The node whose pods are local; null: all.</param>
/// <param name="Keep">Connections that a change forbids live on.</param>
/// <param name="Steps">The sequence.</param>
internal sealed record Case(
    string Profile, ClusterState State, ClusterState Other, IsolationMode Mode, string? Node, bool Keep, Step[] Steps)
{
    /// <summary>
    /// The same pods at the same addresses, with other labels and ports, in other namespaces, under other policies.
    /// </summary>
    public ClusterState Changed => new(
        Other.Namespaces,
        [.. State.Pods.Select((pod, i) => i < Other.Pods.Length
            ? pod with { Labels = Other.Pods[i].Labels, Ports = Other.Pods[i].Ports }
            : pod)],
        Other.Policies);

    /// <summary>The case for people: what to feed to netpolnic to see it.</summary>
    public string Describe() =>
        $"nic={Profile} isolation={Mode} node={Node ?? "(all)"} established={(Keep ? "keep" : "cut")}\n" +
        $"{ClusterYaml.Write(State)}" +
        (Steps.Any(step => step.Op == 0) ? $"--- # changes to\n{ClusterYaml.Write(Changed)}" : "");
}
