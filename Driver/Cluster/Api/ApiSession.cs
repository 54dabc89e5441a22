using k8s;

namespace NetPolNic.Cluster.Api;

/// <summary>
/// A client made from one reading of the configuration. It is disposed when it has been replaced and nobody uses it any
/// more. Members run under the lock of <see cref="ApiAccess"/>.
/// </summary>
internal sealed class ApiSession(Kubernetes client, bool usesHttp2, string? tlsServerName)
{
    private int _users;
    private bool _isRetired;

    public Kubernetes Client => client;

    public bool UsesHttp2 => usesHttp2;

    /// <summary>Host header where the certificate is for another name than the address, or null.</summary>
    public string? TlsServerName => tlsServerName;

    public ApiSession Enter()
    {
        _users++;
        return this;
    }

    public void Leave()
    {
        _users--;
        DisposeIfUnused();
    }

    public void Retire()
    {
        _isRetired = true;
        DisposeIfUnused();
    }

    private void DisposeIfUnused()
    {
        if (_isRetired && _users == 0)
        {
            client.Dispose();
        }
    }
}
