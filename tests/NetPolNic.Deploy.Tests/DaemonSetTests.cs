using k8s.Models;
using NetPolNic.Deploy.Tests.Support;

namespace NetPolNic.Deploy.Tests;

public sealed class DaemonSetTests
{
    [Theory]
    [InlineData("mlx5", "IPC_LOCK NET_ADMIN NET_RAW SYS_NICE SYS_RAWIO")]
    [InlineData("vfio-pci", "IPC_LOCK NET_ADMIN NET_RAW SYS_NICE")]
    public async Task Has_exactly_the_capabilities_that_are_argued_for(string overlay, string capabilities)
    {
        V1SecurityContext context = (await Rendered.OfAsync(overlay)).Agent.SecurityContext;
        Assert.Equal(["ALL"], context.Capabilities.Drop);
        Assert.Equal(capabilities.Split(' '), context.Capabilities.Add.Order(StringComparer.Ordinal));
        Assert.False(context.Privileged);
        Assert.False(context.AllowPrivilegeEscalation);
        Assert.True(context.ReadOnlyRootFilesystem);
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Is_privileged_only_where_that_is_asked_for(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        bool isAskedFor = installation.Contains("privileged-devices", StringComparison.Ordinal);
        Assert.Equal(isAskedFor, rendered.Agent.SecurityContext.Privileged);
        Assert.Equal(isAskedFor, rendered.Agent.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(!isAskedFor, rendered.Agent.Resources.Limits.ContainsKey("netpolnic/uplink"));
        Assert.Equal("RuntimeDefault", rendered.Pod.SecurityContext.SeccompProfile.Type);
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Requests_of_what_cannot_be_shared_equal_the_limits(string installation)
    {
        V1ResourceRequirements resources = (await Rendered.OfAsync(installation)).Agent.Resources;
        Assert.DoesNotContain("cpu", resources.Limits.Keys);
        Assert.All(resources.Limits, limit => Assert.Equal(limit.Value.ToString(), resources.Requests[limit.Key].ToString()));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Memory_for_packets_fits_the_pod(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        decimal bytes = decimal.Parse(rendered.Config["NETPOLNIC_MEMORYMIB"], null) * 1024 * 1024;
        IDictionary<string, ResourceQuantity> limits = rendered.Agent.Resources.Limits;
        Assert.True(bytes <= (limits.TryGetValue("hugepages-2Mi", out ResourceQuantity? pages) ? pages : limits["memory"]).ToDecimal());
    }

    [Fact]
    public async Task Probes_ask_the_agents_health_where_it_listens()
    {
        Rendered rendered = await Rendered.OfAsync("mlx5");
        V1Container agent = rendered.Agent;
        Assert.Equal("/healthz", agent.StartupProbe.HttpGet.Path);
        Assert.Equal("/healthz", agent.LivenessProbe.HttpGet.Path);
        Assert.Equal("/readyz", agent.ReadinessProbe.HttpGet.Path);
        V1ContainerPort port = Assert.Single(agent.Ports);
        Assert.All(
            new[] { agent.StartupProbe, agent.LivenessProbe, agent.ReadinessProbe },
            probe => Assert.Equal(port.Name, probe.HttpGet.Port.Value));
        string listen = agent.Env.Single(variable => variable.Name == "NETPOLNIC_METRICSLISTEN").Value;
        Assert.Equal($"$(HOST_IP):{port.ContainerPort}", listen);

        // Only a variable that stands before it is put in.
        Assert.True(agent.Env.ToList().FindIndex(variable => variable.Name == "HOST_IP") <
            agent.Env.ToList().FindIndex(variable => variable.Name == "NETPOLNIC_METRICSLISTEN"));
        Assert.True(rendered.Pod.HostNetwork);
    }

    [Fact]
    public async Task Replaces_one_agent_at_a_time_and_never_runs_two_on_a_node()
    {
        Rendered rendered = await Rendered.OfAsync("vfio-pci");
        V1RollingUpdateDaemonSet update = rendered.DaemonSet.Spec.UpdateStrategy.RollingUpdate;
        Assert.Equal("1", update.MaxUnavailable.Value);
        Assert.Equal("0", update.MaxSurge.Value);
        Assert.Equal("system-node-critical", rendered.Pod.PriorityClassName);
        Assert.True(rendered.Pod.TerminationGracePeriodSeconds > 10);
    }
}
