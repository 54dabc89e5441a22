using System.Globalization;
using System.Text;
using NetPolNic.Policy.Model;

namespace NetPolNic.TestSupport;

/// <summary>
/// Writes a cluster state as manifests, for people to read a failing case and for tests that start from files.
/// </summary>
public static class ClusterYaml
{
    /// <summary>All objects, each a YAML document; a peer that is not understood becomes an unknown field.</summary>
    public static string Write(ClusterState state)
    {
        StringBuilder text = new();
        foreach (Namespace ns in state.Namespaces)
        {
            Head(text, "v1", "Namespace", ns.Name, null, null, ns.Labels, ns.IsolationAnnotation);
        }

        foreach (Pod pod in state.Pods)
        {
            WritePod(text, pod);
        }

        foreach (NetworkPolicy policy in state.Policies)
        {
            WritePolicy(text, policy);
        }

        return text.ToString();
    }

    private static void WritePod(StringBuilder text, Pod pod)
    {
        Head(text, "v1", "Pod", pod.Name, pod.Namespace, pod.Uid, pod.Labels, null);
        text.Append("spec:\n");
        text.Append(pod.NodeName is null ? "" : $"  nodeName: {pod.NodeName}\n");
        text.Append(pod.HostNetwork ? "  hostNetwork: true\n" : "");
        text.Append("  containers:\n  - name: c\n    image: none\n");
        text.Append(pod.Ports.IsEmpty ? "" : "    ports:\n");
        foreach (NamedPort named in pod.Ports)
        {
            text.Append(CultureInfo.InvariantCulture, $"    - {{ name: {named.Name}, protocol: {Name(named.Proto)}, ");
            text.Append(CultureInfo.InvariantCulture, $"containerPort: {named.Number} }}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"status:\n  phase: {(pod.Terminated ? "Succeeded" : "Running")}\n");
        Addresses(text, "podIP", pod.Addresses);
        Addresses(text, "hostIP", pod.NodeAddresses);
    }

    private static void Addresses(StringBuilder text, string field, IReadOnlyList<IpAddr> addresses)
    {
        if (addresses.Count > 0)
        {
            string list = string.Join(", ", addresses.Select(a => $"{{ ip: \"{a}\" }}"));
            text.Append(CultureInfo.InvariantCulture, $"  {field}: \"{addresses[0]}\"\n  {field}s: [{list}]\n");
        }
    }

    private static void WritePolicy(StringBuilder text, NetworkPolicy policy)
    {
        bool seed = policy.Api == PolicyApi.V1Beta1;
        string api = seed ? "extensions/v1beta1" : "networking.k8s.io/v1";
        Head(text, api, "NetworkPolicy", policy.Name, policy.Namespace, policy.Uid, null, null);
        text.Append(CultureInfo.InvariantCulture, $"spec:\n  podSelector: {Selector(policy.PodSelector)}\n");
        if (!seed)
        {
            string ingress = policy.AppliesToIngress ? "Ingress" : "";
            string egress = policy.AppliesToEgress ? "Egress" : "";
            string comma = ingress.Length > 0 && egress.Length > 0 ? ", " : "";
            text.Append(CultureInfo.InvariantCulture, $"  policyTypes: [{ingress}{comma}{egress}]\n");
        }

        Rules(text, "ingress", "from", policy.Ingress);
        Rules(text, "egress", "to", policy.Egress);
    }

    private static void Rules(StringBuilder text, string list, string peersField, IReadOnlyList<PolicyRule> rules)
    {
        text.Append(rules.Count == 0 ? "" : $"  {list}:\n");
        foreach (PolicyRule rule in rules)
        {
            List<string> parts = [];
            if (rule.Peers is { } peers)
            {
                parts.Add($"{peersField}: [{string.Join(", ", peers.Select(Peer))}]");
            }

            if (rule.Ports is { } ports)
            {
                parts.Add($"ports: [{string.Join(", ", ports.Select(Entry))}]");
            }

            text.Append(CultureInfo.InvariantCulture, $"  - {{ {string.Join(", ", parts)} }}\n");
        }
    }

    private static string Peer(PeerMatch peer)
    {
        if (peer.NotUnderstood)
        {
            return "{ fromTheFuture: {} }";
        }

        List<string> parts = [];
        if (peer.IpBlock is { } block)
        {
            string except = string.Join(", ", block.Except.Select(e => $"\"{e}\""));
            parts.Add($"ipBlock: {{ cidr: \"{block.Cidr}\"{(block.Except.IsEmpty ? "" : $", except: [{except}]")} }}");
        }

        parts.AddRange(peer.PodSelector is { } pods ? [$"podSelector: {Selector(pods)}"] : []);
        parts.AddRange(peer.NamespaceSelector is { } spaces ? [$"namespaceSelector: {Selector(spaces)}"] : []);
        return $"{{ {string.Join(", ", parts)} }}";
    }

    private static string Entry(L4PortMatch entry)
    {
        string text = $"{{ protocol: {Name(entry.Proto)}";
        text += entry.Name is null ? "" : $", port: {entry.Name}";
        text += entry.First is null ? "" : FormattableString.Invariant($", port: {entry.First}");
        text += entry.Last is null || entry.Last == entry.First
            ? ""
            : FormattableString.Invariant($", endPort: {entry.Last}");
        return text + " }";
    }

    private static string Selector(LabelSelector selector)
    {
        if (selector.Requirements.IsEmpty)
        {
            return "{}";
        }

        IEnumerable<string> parts = selector.Requirements.Select(r =>
            $"{{ key: {r.Key}, operator: {r.Operator}" +
            (r.Values.IsEmpty ? "" : $", values: [{string.Join(", ", r.Values.Select(v => $"\"{v}\""))}]") + " }");
        return $"{{ matchExpressions: [{string.Join(", ", parts)}] }}";
    }

    private static void Head(
        StringBuilder text,
        string api,
        string kind,
        string name,
        string? ns,
        string? uid,
        IReadOnlyDictionary<string, string>? labels,
        string? annotation)
    {
        text.Append(CultureInfo.InvariantCulture, $"---\napiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {name}\n");
        text.Append(ns is null ? "" : $"  namespace: {ns}\n");
        text.Append(uid is null ? "" : $"  uid: {uid}\n");
        if (labels is { Count: > 0 })
        {
            text.Append("  labels:\n");
            foreach ((string key, string value) in labels)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {key}: \"{value}\"\n");
            }
        }

        text.Append(annotation is null
            ? ""
            : $"  annotations:\n    net.beta.kubernetes.io/network-policy: '{annotation}'\n");
    }

    private static string Name(L4Proto proto) => proto.ToString().ToUpperInvariant();
}
