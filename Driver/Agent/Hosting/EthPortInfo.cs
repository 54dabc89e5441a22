using NetPolNic.Fallback.Switching;

namespace NetPolNic.Agent.Hosting;

/// <summary>One port of a running agent.</summary>
/// <param name="Id">DPDK's port id.</param>
/// <param name="Device">The device's name, "net_tap0" or a PCI address.</param>
/// <param name="Driver">The driver's name.</param>
/// <param name="Role">What is behind it.</param>
/// <param name="Reflects">Whether frames between two pods behind it are sent back out of it.</param>
/// <param name="FlowApi">How rules get in: "async", by templates and a flow queue, or "sync", one by one.</param>
internal sealed record EthPortInfo(
    int Id, string Device, string Driver, PortRole Role, bool Reflects, string FlowApi = "sync");
