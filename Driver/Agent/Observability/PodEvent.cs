namespace NetPolNic.Agent.Observability;

/// <summary>What an operator should see at a pod, as a Kubernetes Event of type Warning.</summary>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Pod">The pod's name.</param>
/// <param name="Uid">The pod's UID.</param>
/// <param name="Reason">CamelCase, for machines.</param>
/// <param name="Message">One or two sentences.</param>
internal sealed record PodEvent(string Namespace, string Pod, string Uid, string Reason, string Message);
