using System.Globalization;
using System.Text;

namespace NetPolNic.Benches.LineRate;

/// <summary>The rig's policy: one isolated pod that the generator's peers may ask, among a thousand other blocks; edited on demand.</summary>
internal sealed class PolicyFolder
{
    private const int OtherBlocks = 1000;

    private int _edits;

    internal PolicyFolder(string path)
    {
        Path = Directory.CreateDirectory(path).FullName;
        Edit();
    }

    internal string Path { get; }

    /// <summary>Writes the policy with another block than before; the generator's traffic stays allowed.</summary>
    internal void Edit()
    {
        StringBuilder text = new(
            """
            apiVersion: v1
            kind: Namespace
            metadata: { name: rig, uid: ns-rig }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: server, namespace: rig, uid: pod-server, labels: { app: server } }
            spec: { nodeName: rig, containers: [ { name: main, image: server } ] }
            status: { phase: Running, podIP: 10.1.0.10, podIPs: [ { ip: 10.1.0.10 } ] }
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: server, namespace: rig, uid: policy-server }
            spec:
              podSelector: { matchLabels: { app: server } }
              policyTypes: [ Ingress, Egress ]
              ingress:
              - ports: [ { protocol: UDP, port: 8080 } ]
                from:
                - ipBlock: { cidr: 10.2.0.0/16 }

            """);
        for (int i = 0; i < OtherBlocks; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    - ipBlock: {{ cidr: 172.{16 + (i / 250)}.{i % 250}.{_edits % 100}/32 }}\n");
        }

        _edits++;
        string file = System.IO.Path.Combine(Path, "policy.yaml");
        File.WriteAllText(file + ".new", text.ToString());
        File.Move(file + ".new", file, overwrite: true);
    }
}
