using k8s;
using k8s.Models;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Observability;

/// <summary>Posts Events to the API server. Needs the verb create on events.</summary>
internal sealed class KubernetesEventSink(KubernetesSource source, string node, TimeProvider time) : IEventSink
{
    // Longest message that the API server takes (k8s.io/kubernetes pkg/apis/core/validation/events.go).
    private const int LongestMessage = 1024;

    public Task PostAsync(PodEvent podEvent, CancellationToken cancellation)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        string message = podEvent.Message.Length <= LongestMessage
            ? podEvent.Message
            : podEvent.Message[..(LongestMessage - 1)] + "…";
        Corev1Event body = new()
        {
            Metadata = new V1ObjectMeta { GenerateName = "netpolnic-", NamespaceProperty = podEvent.Namespace },
            InvolvedObject = new V1ObjectReference
            {
                ApiVersion = "v1",
                Kind = "Pod",
                Name = podEvent.Pod,
                NamespaceProperty = podEvent.Namespace,
                Uid = podEvent.Uid,
            },
            Type = "Warning",
            Reason = podEvent.Reason,
            Message = message,
            Source = new V1EventSource { Component = "netpolnic", Host = node },
            ReportingComponent = "netpolnic",
            ReportingInstance = node,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
        return source.Client.CoreV1.CreateNamespacedEventAsync(
            body, podEvent.Namespace, cancellationToken: cancellation);
    }
}
