-- Forwards each instance as it arrives; what EchoClr sent itself would come back to it and stays here.
function OnStoredInstance(instanceId, tags, metadata, origin)
  if origin['RequestOrigin'] == 'DicomProtocol' and origin['RemoteAet'] ~= 'ECHOCLR' then
    SendToModality(instanceId, 'echoclr')
  end
end
