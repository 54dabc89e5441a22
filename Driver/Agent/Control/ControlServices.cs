using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NetPolNic.Agent.Control;

/// <summary>Puts the control server into an agent.</summary>
internal static class ControlServices
{
    /// <summary>Adds the control socket; an <see cref="IAgentReader"/> must be there too. An empty path: none.</summary>
    public static IServiceCollection AddControlServer(this IServiceCollection services, string path)
    {
        if (path.Length > 0)
        {
            services.AddHostedService(provider => new ControlServer(
                path,
                provider.GetRequiredService<IAgentReader>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>()));
        }

        return services;
    }
}
