using NetPolNic.Cluster.Tests.Support;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

public sealed class PodMappingTests
{
    [Fact]
    public void Maps_a_pod_without_anything()
    {
        Pod pod = Manifests.Pod("");

        Assert.Equal(("x/a", "x", "a", null, false, false), (
            pod.Uid, pod.Namespace, pod.Name, pod.NodeName, pod.HostNetwork, pod.Terminated));
        Assert.Empty(pod.Labels);
        Assert.Empty(pod.Addresses);
        Assert.Empty(pod.NodeAddresses);
        Assert.Empty(pod.Ports);
    }

    // S-b11
    [Fact]
    public void Maps_node_and_host_network()
    {
        Pod pod = Manifests.Pod("spec:\n  nodeName: node-1.example\n  hostNetwork: true\n");

        Assert.Equal(("node-1.example", true), (pod.NodeName, pod.HostNetwork));
    }

    // S-b17
    [Theory]
    [InlineData("Succeeded", true)]
    [InlineData("Failed", true)]
    [InlineData("Running", false)]
    [InlineData("Pending", false)]
    [InlineData("Unknown", false)]
    public void Is_terminated_by_its_phase(string phase, bool expected) =>
        Assert.Equal(expected, Manifests.Pod($"status:\n  phase: {phase}\n").Terminated);

    // S-b19
    [Theory]
    [InlineData("podIP: 10.0.0.1", "10.0.0.1")]
    [InlineData("podIPs:\n  - ip: 10.0.0.1", "10.0.0.1")]
    [InlineData("podIP: 10.0.0.1\n  podIPs:\n  - ip: 10.0.0.1\n  - ip: FD00::0:1", "10.0.0.1 fd00::1")]
    [InlineData("podIP: fd00::1\n  podIPs:\n  - ip: fd00::1\n  - ip: 10.0.0.1", "fd00::1 10.0.0.1")]
    [InlineData("podIP: ::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("podIP: ''\n  podIPs: []", "")]
    public void Maps_addresses(string status, string expected) =>
        Assert.Equal(expected, string.Join(' ', Manifests.Pod($"status:\n  {status}\n").Addresses));

    // S-b12
    [Fact]
    public void Maps_node_addresses() => Assert.Equal(
        "192.168.0.1 fd01::1",
        string.Join(' ', Manifests.Pod(
            "status:\n  hostIP: 192.168.0.1\n  hostIPs:\n  - ip: 192.168.0.1\n  - ip: fd01::1\n").NodeAddresses));

    // S-b9
    [Fact]
    public void Maps_named_ports_of_containers_and_side_cars()
    {
        Pod pod = Manifests.Pod(
            """
            spec:
              initContainers:
              - name: once
                ports: [{name: setup, containerPort: 1}]
              - name: sidecar
                restartPolicy: Always
                ports: [{name: metrics, containerPort: 9090}]
              containers:
              - name: a
                image: nginx
                ports:
                - {name: http, containerPort: 80}
                - {name: dns, containerPort: 53, protocol: UDP, hostPort: 5353}
                - containerPort: 443
              - name: b
                ports: [{name: http, containerPort: 8080, protocol: SCTP}]
            """);

        Assert.Equal(
            [
                new NamedPort("http", L4Proto.Tcp, 80),
                new NamedPort("dns", L4Proto.Udp, 53),
                new NamedPort("http", L4Proto.Sctp, 8080),
                new NamedPort("metrics", L4Proto.Tcp, 9090),
            ],
            pod.Ports);
    }

    [Fact]
    public void Ignores_the_rest_of_a_pod()
    {
        Pod pod = Manifests.Pod(
            """
            spec:
              notKnownYet: {a: [1, 2]}
              restartPolicy: Always
              containers:
              - name: a
                resources: {limits: {cpu: 100m, memory: 1e3}}
                livenessProbe: {httpGet: {port: 80}}
            status:
              startTime: whenever
              containerStatuses: [{ready: true}]
            """);

        Assert.Equal("a", pod.Name);
    }
}
