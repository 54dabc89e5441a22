namespace NetPolNic.Cluster.Sources;

/// <summary>There is no usable way to an API server: no kubeconfig, no in-cluster configuration, or a broken one.</summary>
public sealed class ClusterConfigurationException : Exception
{
    public ClusterConfigurationException()
    {
    }

    public ClusterConfigurationException(string message)
        : base(message)
    {
    }

    public ClusterConfigurationException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}
