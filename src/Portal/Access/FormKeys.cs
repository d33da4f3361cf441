using System.Xml.Linq;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace EchoClr.Portal.Access;

/// <summary>The keys of ASP.NET Core Data Protection, which sign forms and seal searches, in the database.</summary>
internal sealed class FormKeys(FormKeyStore store) : IXmlRepository
{
    // The interface is synchronous; it is asked at start and once in 90 days.
    public IReadOnlyCollection<XElement> GetAllElements() => [.. store.ListAsync().GetAwaiter().GetResult().Select(xml => XElement.Parse(xml))];

    public void StoreElement(XElement element, string friendlyName) => store.AddAsync(friendlyName, element.ToString(SaveOptions.DisableFormatting)).GetAwaiter().GetResult();
}
