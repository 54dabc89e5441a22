using k8s;
using k8s.Authentication;
using k8s.KubeConfigModels;
using NetPolNic.Cluster.Reading;

namespace NetPolNic.Cluster.Api;

/// <summary>
/// Reads a kubeconfig as kubectl does. KubernetesClient does not know <c>tokenFile</c>, and refuses a user without
/// credentials, such as that of a proxy on this host.
/// </summary>
internal static class KubeconfigFile
{
    /// <summary>Reads the configuration of a context.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Name of the context; null: the current one.</param>
    /// <exception cref="k8s.Exceptions.KubeConfigException">It cannot be used.</exception>
    /// <exception cref="IOException">The file, or one that it names, cannot be read.</exception>
    public static KubernetesClientConfiguration Read(string path, string? context)
    {
        K8SConfiguration loaded = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(path), useRelativePaths: true);
        string? contextName = context ?? loaded.CurrentContext;
        ContextDetails? chosen = loaded.Contexts?.FirstOrDefault(one => one.Name == contextName)?.ContextDetails;
        User? user = loaded.Users?.FirstOrDefault(one => one.Name == chosen?.User);
        string? tokenFile = user is null ? null : TokenFileOf(path, user.Name);
        if (user is not null && IsBare(user.UserCredentials))
        {
            // What the client makes of a context without a user is a request without credentials of its own.
            chosen!.User = null;
        }

        KubernetesClientConfiguration configuration =
            KubernetesClientConfiguration.BuildConfigFromConfigObject(loaded, context);
        if (tokenFile is not null)
        {
            // The file goes before a token that stands in the kubeconfig, and is read again as it is replaced.
            configuration.TokenProvider = new TokenFileAuth(tokenFile);
        }

        return configuration;
    }

    /// <summary>Nothing is said of how the user proves who it is, as far as the client knows.</summary>
    private static bool IsBare(UserCredentials? user) => user is null || (
        user is { AuthProvider: null, ExternalExecution: null } &&
        Array.TrueForAll(
            [
                user.Token, user.UserName, user.Password, user.ClientCertificate, user.ClientCertificateData,
                user.ClientKey, user.ClientKeyData,
            ],
            string.IsNullOrWhiteSpace));

    /// <summary>The full path of a user's token file, or null where it has none.</summary>
    private static string? TokenFileOf(string path, string userName)
    {
        ManifestNode? users = YamlReader.Read(File.ReadAllText(path)).Documents.Select(one => one.Get("users"))
            .FirstOrDefault(one => one is not null);
        ManifestNode? user = users?.Items.FirstOrDefault(one => one.Get("name")?.Text == userName)?.Get("user");
        string? named = user?.GetString("tokenFile");
        if (string.IsNullOrWhiteSpace(named))
        {
            return null;
        }

        string full = Path.GetFullPath(named, Path.GetDirectoryName(Path.GetFullPath(path))!);
        return File.Exists(full) ? full : throw new FileNotFoundException($"there is no token file {full}");
    }
}
